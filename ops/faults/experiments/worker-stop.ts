import { setTimeout as delay } from "node:timers/promises";
import { limits } from "../../../db/domain/limits.ts";
import { drawMoment, hitWorker, recovered, victimOf } from "../blow.ts";
import type { Experiment, Stand } from "../experiment.ts";
import type { LabWorker } from "../lab.ts";
import { until } from "../patience.ts";

const atOnce = 3;
const knownMsMax = 60_000;

/** Several are stopped at a time, each for longer than its lease; one always goes on. */
export const workerStop: Experiment = {
  id: "worker-stop",
  title: "a worker that stands still past its lease, then goes on",
  injects: "SIGSTOP of a worker for 16 to 24 s at each stage of an execution, then SIGCONT.",
  trials: 102,
  quickTrials: 6,
  lab: { workers: atOnce + 1, slots: 1 },
  load: { unfinished: 12 },
  async run(stand) {
    const { lab, trials, say } = stand;
    for (let trial = 1; trial <= trials; ) {
      const round: Promise<void>[] = [];
      const stopped = new Set<LabWorker>();
      for (; round.length < atOnce && trial <= trials; trial++) {
        const moment = await drawMoment(stand, trial);
        const worker = victimOf(stand, moment);
        const isFree = !stopped.has(worker);
        if (!isFree) await moment?.release();
        const chosen = isFree ? worker : stand.random.pick(lab.workers.filter((one) => !stopped.has(one)));
        const hit = { trial, worker: chosen, moment: isFree ? moment : null, signal: "SIGSTOP" as const };
        stopped.add(chosen);
        round.push(standStill(stand, chosen, await hitWorker(stand, hit)));
      }
      await Promise.all(round);
      say(`${trial - 1} of ${trials}`);
    }
  },
};

async function standStill({ lab, random }: Stand, worker: LabWorker, victims: string[]): Promise<void> {
  await delay(limits.leaseMs + random.between(1_000, 9_000));
  worker.child.kill("SIGCONT");
  await recovered(lab, victims);
  await until(`worker ${worker.pid} is known again`, knownMsMax, async () => {
    const [row] = await lab.sql`select 1 from worker where id = ${worker.id} and lost_at is null
      and seen_at > now() - interval '6 seconds'`;
    return row;
  });
}
