import { limits } from "../../../db/domain/limits.ts";
import { hitWorker, recovered } from "../blow.ts";
import { finding } from "../checks/evidence.ts";
import type { Experiment, Stand } from "../experiment.ts";
import { until, within } from "../patience.ts";

const seenMsMax = 90_000;

/** The execution that kills whoever runs it ends after three crashes; those beside it never do. */
export const poisonJob: Experiment = {
  id: "poison-job",
  title: "a job that takes its worker with it",
  injects: "SIGKILL of whichever worker begins a certain execution, until nobody begins it any more.",
  trials: 20,
  quickTrials: 2,
  lab: { workers: 2, slots: 2 },
  load: { unfinished: 6, mix: ["quick", "pictures", "failing"] },
  claim: {
    title: "three crashes make a dead letter that says which workers, no more and no less",
    async check({ sql, ledger }) {
      const rows = await sql<{ id: string; outcome: string; crashes: number; error: string | null }[]>`
        select unique_key as id, outcome, crashes, error from outbox_done where kind = 'execution'`;
      return finding(rows, ({ id, outcome, crashes, error }) => {
        const isPoison = ledger.promised.get(id)?.expected.includes("error") ?? false;
        if (!isPoison)
          return outcome === "dead" ? `execution ${id} died beside a poisoned one: ${error}` : null;
        const isRight = outcome === "dead" && crashes === limits.crashesMax && error?.includes("process");
        return isRight
          ? null
          : `the poisoned execution ${id} ended ${outcome} after ${crashes} crashes: ${error}`;
      });
    },
  },
  async run(stand) {
    const { trials, say } = stand;
    for (let trial = 1; trial <= trials; trial++) {
      const kills = await poison(stand, trial);
      say(`${trial} of ${trials}: it took ${kills} workers`);
    }
  },
};

async function poison(stand: Stand, trial: number): Promise<number> {
  const { lab, load } = stand;
  const executionId = await load.startOne({ testCase: "slow", lateMs: 20_000, expected: ["error"] });
  if (!executionId) return 0;
  for (let kills = 0; ; kills++) {
    const holder = await within(seenMsMax, async () => {
      const [row] = await lab.sql<{ worker_id: string | null; is_over: boolean }[]>`
        select a.worker_id, e.finished_at is not null as is_over from execution e
        left join attempt a on a.execution_id = e.id and a.status = 'running' where e.id = ${executionId}`;
      return row && (row.is_over || row.worker_id) ? row : null;
    });
    const worker = lab.workers.find(({ id }) => id === holder?.worker_id);
    if (!holder || holder.is_over) return kills;
    if (!worker) throw new Error(`nobody knows worker ${holder.worker_id}`);
    const victims = await hitWorker(stand, { trial, worker, moment: null, signal: "SIGKILL" });
    await Promise.all([
      lab.startWorker(),
      recovered(
        lab,
        victims.filter((id) => id !== executionId),
      ),
    ]);
    await until("the poisoned execution was taken from the dead worker", seenMsMax, async () => {
      const [row] =
        await lab.sql`select 1 from attempt where execution_id = ${executionId} and status = 'lost'
        and worker_id = ${worker.id}`;
      return row;
    });
  }
}
