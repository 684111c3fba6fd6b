import { drawMoment, holdingsOf, recovered, stagesHit, victimOf } from "../blow.ts";
import type { Experiment } from "../experiment.ts";
import { browsersOf } from "../processes.ts";

export const browserKill: Experiment = {
  id: "browser-kill",
  title: "kill -9 of a browser",
  injects: "SIGKILL of the process group of every browser of a worker, at each stage of an execution.",
  trials: 100,
  quickTrials: 10,
  lab: { workers: 2, slots: 2 },
  load: { unfinished: 10 },
  async run(stand) {
    const { lab, trials, record, say } = stand;
    for (let trial = 1; trial <= trials; trial++) {
      const moment = await drawMoment(stand, trial);
      const worker = victimOf(stand, moment);
      const held = await holdingsOf(lab.sql, worker.id);
      const victims = held.map(({ executionId }) => executionId);
      const browsers = browsersOf(lab.home).filter(({ workerPid }) => workerPid === worker.pid);
      const at = Date.now();
      for (const { pid } of browsers) killGroup(pid);
      await moment?.release();
      record({ trial, kind: "SIGKILL of a worker's browsers", at, stages: stagesHit(moment, held), victims });
      await recovered(lab, victims);
      say(`${trial} of ${trials}: ${browsers.length} browsers, ${victims.length} executions`);
    }
  },
};

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // It has ended by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
