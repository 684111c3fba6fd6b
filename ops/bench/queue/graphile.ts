import { loadPeer } from "../peers.ts";
import { type Contender, type Place, producers } from "./contender.ts";
import { openPool, type PgPool } from "./pg-pool.ts";

type Graphile = {
  run(options: object): Promise<{ stop(): Promise<void>; promise: Promise<void> }>;
  runMigrations(options: object): Promise<void>;
  makeWorkerUtils(options: object): Promise<{
    addJob(task: string, payload: object): Promise<unknown>;
    addJobs(jobs: readonly { identifier: string; payload: object }[]): Promise<unknown>;
    release(): Promise<void>;
  }>;
  Logger: new (factory: () => () => void) => object;
};

const rowsMax = 5_000;

/** `tuned` is the fastest that its documentation describes: jobs fetched ahead and completed in batches. */
export function graphile({ url, peers }: Place, tuned: boolean): Contender {
  let library: Graphile;
  let pool: PgPool;
  let utils: Awaited<ReturnType<Graphile["makeWorkerUtils"]>>;
  let logger: object;
  return {
    name: tuned ? "graphile-worker (tuned)" : "graphile-worker (default)",
    configuration: tuned
      ? "localQueue.size 500, completeJobBatchDelay and failJobBatchDelay 0: its documentation's way to the highest throughput"
      : "the options that run() has when only the concurrency is given",
    async open() {
      library = await loadPeer<Graphile>(peers, "graphile-worker");
      logger = new library.Logger(() => () => undefined);
      pool = await openPool(peers, url, producers);
      await library.runMigrations({ pgPool: pool, logger });
      utils = await library.makeWorkerUtils({ pgPool: pool, logger });
      await pool.query(
        "create table if not exists bench_row (id bigint generated always as identity primary key, n int)",
      );
    },
    async enqueueBulk(jobs) {
      for (let left = jobs; left > 0; left -= rowsMax) {
        const batch = Array.from({ length: Math.min(left, rowsMax) }, () => ({
          identifier: "noop",
          payload: {},
        }));
        await utils.addJobs(batch);
      }
    },
    async enqueueOne() {
      await utils.addJob("noop", {});
    },
    async rowAndJob() {
      await pool.transaction(async (client) => {
        await client.query({ name: "row", text: "insert into bench_row (n) values ($1)", values: [1] });
        await client.query({
          name: "job",
          text: "select graphile_worker.add_job($1, $2::json)",
          values: ["noop", "{}"],
        });
      });
    },
    async work(concurrency, onJob) {
      const worker = { concurrentJobs: concurrency, maxPoolSize: concurrency + 4 };
      const fast = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
      const runner = await library.run({
        preset: { worker: { connectionString: url, ...worker, ...(tuned ? fast : {}), logger } },
        logger,
        noHandleSignals: true,
        taskList: { noop: async () => onJob() },
      });
      return { stop: () => runner.stop() };
    },
    async empty() {
      await pool.query("truncate graphile_worker._private_jobs");
      await pool.query("vacuum analyze graphile_worker._private_jobs");
    },
    async close() {
      await utils.release();
      await pool.end();
    },
  };
}
