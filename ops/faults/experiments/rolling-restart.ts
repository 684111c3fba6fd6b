import { drawMoment, hitWorker, recovered, victimOf } from "../blow.ts";
import { finding } from "../checks/evidence.ts";
import type { Experiment } from "../experiment.ts";
import { within } from "../patience.ts";

const exitMsMax = 60_000;

export const rollingRestart: Experiment = {
  id: "rolling-restart",
  title: "rolling restart under load",
  injects: "SIGTERM of one worker after the other, with a new one beside it, as a deploy does it.",
  trials: 100,
  quickTrials: 10,
  lab: { workers: 2, slots: 2 },
  load: { unfinished: 10 },
  recoveryMsMax: 10_000,
  claim: {
    title: "a deploy costs no attempt: nothing counted as a crash or a failure",
    async check({ sql }) {
      const rows = await sql<{ id: string; crashes: number; failures: number }[]>`
        select unique_key as id, crashes, failures from outbox_done where kind = 'execution'`;
      return finding(rows, ({ id, crashes, failures }) =>
        crashes + failures === 0
          ? null
          : `the job of ${id} counts ${crashes} crashes and ${failures} failures`,
      );
    },
  },
  async run(stand) {
    const { lab, trials, say } = stand;
    for (let trial = 1; trial <= trials; trial++) {
      const successor = lab.startWorker();
      const moment = await drawMoment(stand, trial);
      const worker = victimOf(stand, moment);
      const victims = await hitWorker(stand, { trial, worker, moment, signal: "SIGTERM" });
      const hasEnded = await within(exitMsMax, () => !lab.workers.includes(worker), 20);
      if (!hasEnded) throw new Error(`worker ${worker.pid} did not stop within ${exitMsMax} ms`);
      await Promise.all([successor, recovered(lab, victims)]);
      say(`${trial} of ${trials}: ${moment?.stage ?? "by chance"}, ${victims.length} executions in hand`);
    }
  },
};
