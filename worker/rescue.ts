import { jobPolicies } from "../db/domain/jobs.ts";
import { type ExpiredLease, expiredLeases, rescue } from "../db/outbox/rescue.ts";
import { handlerOf } from "./dispatch.ts";
import type { JobServices } from "./job-handler.ts";

type Services = Pick<JobServices, "db" | "ctx" | "metrics" | "log">;

/**
 * Takes jobs away from workers whose lease has ended. Every worker does it; of several who find the same, one acts.
 * @returns how many jobs were freed or ended.
 */
export async function sweepLeases(services: Services): Promise<number> {
  const { db, log, metrics } = services;
  let count = 0;
  for (const expired of await expiredLeases(db.sql)) {
    try {
      const how = await rescueOne(services, expired);
      if (how === "gone") continue;
      count++;
      metrics.rescued(expired.kind, how);
      log.warn({ event: "lease-rescued", jobId: expired.jobId, kind: expired.kind, how });
    } catch (error) {
      // One that can't be rescued must not keep the others from it.
      log.error({ event: "rescue-failed", jobId: expired.jobId, kind: expired.kind, error });
    }
  }
  return count;
}

async function rescueOne(services: Services, expired: ExpiredLease) {
  const handler = handlerOf(expired.kind);
  const payload = jobPolicies[expired.kind].payload.safeParse(expired.payload);
  if (handler.rescue && payload.success) return handler.rescue(services, expired, payload.data);
  const rescued = await services.db.orm.transaction((tx) => rescue(tx, expired));
  return rescued.state;
}
