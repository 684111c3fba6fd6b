import { loadPeer } from "../peers.ts";
import type { Contender } from "./contender.ts";

type Bull = {
  Queue: new (
    name: string,
    options: object,
  ) => {
    add(name: string, data: object): Promise<unknown>;
    addBulk(jobs: readonly object[]): Promise<unknown>;
    obliterate(options: object): Promise<void>;
    waitUntilReady(): Promise<unknown>;
    close(): Promise<void>;
  };
  Worker: new (
    name: string,
    handler: () => Promise<void>,
    options: object,
  ) => {
    waitUntilReady(): Promise<unknown>;
    close(): Promise<void>;
  };
};

const name = "noop";
const rowsMax = 5_000;

/** On a Redis without a disk: what a queue can do that promises nothing. */
export function bullmq(redisUrl: string, peers: string): Contender {
  const { hostname: host, port } = new URL(redisUrl);
  const connection = { host, port: Number(port), maxRetriesPerRequest: null };
  let library: Bull;
  let queue: InstanceType<Bull["Queue"]>;
  return {
    name: "BullMQ on Redis (not durable)",
    configuration: "its defaults, on a Redis that writes nothing to disk: a reference and no rival",
    async open() {
      library = await loadPeer<Bull>(peers, "bullmq");
      queue = new library.Queue(name, { connection, defaultJobOptions: { removeOnComplete: true } });
      await queue.waitUntilReady();
    },
    async enqueueBulk(jobs) {
      for (let left = jobs; left > 0; left -= rowsMax) {
        await queue.addBulk(Array.from({ length: Math.min(left, rowsMax) }, () => ({ name, data: {} })));
      }
    },
    async enqueueOne() {
      await queue.add(name, {});
    },
    rowAndJob: null,
    async work(concurrency, onJob) {
      const worker = new library.Worker(name, async () => onJob(), { connection, concurrency });
      await worker.waitUntilReady();
      return { stop: () => worker.close() };
    },
    async empty() {
      await queue.obliterate({ force: true });
    },
    close: () => queue.close(),
  };
}
