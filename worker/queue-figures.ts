import type { Sql } from "postgres";
import { waitingJobs } from "../db/outbox/claim.ts";
import { queueDepths } from "../db/outbox/depth.ts";
import type { WorkerMetrics } from "./metrics.ts";

/** Puts what is true of all queues at this moment into this process's metrics. */
export async function reportQueues(sql: Sql, metrics: WorkerMetrics): Promise<void> {
  for (const [kind, jobs] of await waitingJobs(sql)) metrics.waiting(kind, jobs);
  const { queues, deadLetters } = await queueDepths(sql);
  for (const [queue, figures] of queues) metrics.queue(queue, figures);
  metrics.deadLetters(deadLetters);
}
