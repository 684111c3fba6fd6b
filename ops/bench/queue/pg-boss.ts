import { loadPeer } from "../peers.ts";
import { type Contender, type Place, producers } from "./contender.ts";
import { openPool, type PgPool } from "./pg-pool.ts";

type Boss = {
  start(): Promise<unknown>;
  stop(options: object): Promise<void>;
  on(event: string, listener: (error: unknown) => void): void;
  createQueue(name: string, options: object): Promise<void>;
  send(name: string, data: object, options?: object): Promise<unknown>;
  insert(name: string, jobs: readonly object[]): Promise<unknown>;
  work(name: string, options: object, handler: (jobs: readonly unknown[]) => Promise<void>): Promise<string>;
  offWork(name: string, options?: object): Promise<void>;
  deleteAllJobs(name: string): Promise<void>;
};

const queue = "noop";
const rowsMax = 5_000;
const bigBatch = 1_000;

/** `max`: batches as large as bring the most; a batch is one call of the handler and is completed whole. */
export function pgBoss({ url, peers }: Place, max: boolean): Contender {
  let boss: Boss;
  let pool: PgPool;
  return {
    name: max ? "pg-boss (max)" : "pg-boss (batch)",
    configuration: max
      ? `batchSize ${bigBatch}, two workers, burstWhenBatchFull, LISTEN: one call for a whole batch, no concurrency to speak of`
      : "batchSize = concurrency, burstWhenBatchFull, LISTEN: with its own defaults (one job each 2 s) there would be nothing to measure",
    async open() {
      const { PgBoss } = await loadPeer<{ PgBoss: new (options: object) => Boss }>(peers, "pg-boss");
      pool = await openPool(peers, url, producers);
      boss = new PgBoss({ connectionString: url, max: producers, useListenNotify: true });
      boss.on("error", () => undefined);
      await boss.start();
      await boss.createQueue(queue, { notify: true });
      await pool.query(
        "create table if not exists bench_row (id bigint generated always as identity primary key, n int)",
      );
    },
    async enqueueBulk(jobs) {
      for (let left = jobs; left > 0; left -= rowsMax) {
        await boss.insert(
          queue,
          Array.from({ length: Math.min(left, rowsMax) }, () => ({ data: {} })),
        );
      }
    },
    async enqueueOne() {
      await boss.send(queue, {});
    },
    async rowAndJob() {
      await pool.transaction(async (client) => {
        await client.query({ name: "row", text: "insert into bench_row (n) values ($1)", values: [1] });
        const db = { executeSql: (text: string, values: unknown[]) => client.query(text, values) };
        await boss.send(queue, {}, { db });
      });
    },
    async work(concurrency, onJob) {
      const shared = { pollingIntervalSeconds: 0.5, burstWhenBatchFull: true };
      const how = max ? { batchSize: bigBatch, localConcurrency: 2 } : { batchSize: concurrency };
      await boss.work(queue, { ...shared, ...how }, async (jobs) => {
        await Promise.all(jobs.map(() => onJob()));
      });
      return { stop: () => boss.offWork(queue, { wait: true }) };
    },
    async empty() {
      await boss.deleteAllJobs(queue);
      await pool.query("vacuum analyze pgboss.job");
    },
    async close() {
      await boss.stop({ graceful: false });
      await pool.end();
    },
  };
}
