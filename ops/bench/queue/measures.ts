import { setTimeout as delay } from "node:timers/promises";
import { quantile } from "../result.ts";
import type { Contender } from "./contender.ts";

const boundMs = 60_000;

/** Jobs per second, enqueued at once. */
export async function bulk(contender: Contender, jobs: number): Promise<number> {
  await contender.empty();
  const startedAt = performance.now();
  await contender.enqueueBulk(jobs);
  return perSecond(jobs, performance.now() - startedAt);
}

/** Jobs per second from the start of the first to the start of the last: how long a worker takes to start is no throughput. */
export async function drain(contender: Contender, concurrency: number, jobs: number): Promise<number> {
  await contender.empty();
  await contender.enqueueBulk(jobs);
  const { promise: drained, resolve } = Promise.withResolvers<void>();
  let [done, firstAt, lastAt] = [0, 0, 0];
  const worker = await contender.work(concurrency, () => {
    if (done === 0) firstAt = performance.now();
    if (++done === jobs) {
      lastAt = performance.now();
      resolve();
    }
  });
  const inTime = await Promise.race([drained.then(() => true), delay(boundMs, false, { ref: false })]);
  const ms = (inTime ? lastAt : performance.now()) - firstAt;
  await worker.stop();
  return perSecond(Math.min(done, jobs), ms);
}

/** Milliseconds from the call that enqueues until the job starts, with a worker that has nothing else to do. */
export async function startLatency(
  contender: Contender,
  samples: number,
): Promise<{ p50: number; p95: number }> {
  await contender.empty();
  let onJob = () => {};
  const worker = await contender.work(10, () => onJob());
  const times: number[] = [];
  // The first ones find it starting.
  for (let n = -5; n < samples; n++) {
    await delay(n === -5 ? 1_500 : 15 + Math.random() * 10);
    const { promise: started, resolve } = Promise.withResolvers<void>();
    onJob = resolve;
    const askedAt = performance.now();
    await contender.enqueueOne();
    await Promise.race([started, delay(5_000, undefined, { ref: false })]);
    if (n >= 0) times.push(performance.now() - askedAt);
  }
  await worker.stop();
  times.sort((a, b) => a - b);
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95) };
}

/** How often per second `work` is done by so many at once, in so many milliseconds. */
export async function rate(work: () => Promise<void>, atOnce: number, ms: number): Promise<number> {
  for (let warm = 0; warm < 50; warm++) await work();
  const startedAt = performance.now();
  let count = 0;
  const loop = async () => {
    while (performance.now() - startedAt < ms) {
      await work();
      count++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, loop));
  return perSecond(count, performance.now() - startedAt);
}

function perSecond(count: number, ms: number): number {
  return (count / Math.max(ms, 0.001)) * 1_000;
}
