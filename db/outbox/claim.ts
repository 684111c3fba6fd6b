import type { Sql } from "postgres";
import { type JobKind, jobKinds, queues } from "../domain/jobs.ts";
import { claimShared } from "./claim-shared.ts";
import type { ClaimedJob, ClaimRequest } from "./claimed-job.ts";
import { exchange } from "./exchange.ts";

export type { ClaimedJob };

/** Takes the next jobs of a queue for a worker. Claimers never get the same job. */
export async function claim(sql: Sql, request: ClaimRequest): Promise<ClaimedJob[]> {
  if (queues[request.queue].isShared) return claimShared(sql, request);
  return (await exchange(sql, { ...request, ended: [] })).claimed;
}

/** How many jobs of each kind could be claimed now. Counts no further than 10 000, so that a long queue costs no more. */
export async function waitingJobs(sql: Sql): Promise<Map<JobKind, number>> {
  const rows = await sql<{ kind: JobKind; jobs: number }[]>`
    select kind, count(*)::int as jobs from (select kind from outbox where state = 'ready' limit 10000) as ready group by kind`;
  const counts = new Map(jobKinds.map((kind) => [kind, 0]));
  for (const { kind, jobs } of rows) counts.set(kind, jobs);
  return counts;
}
