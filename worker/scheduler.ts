import { enqueueHousekeeping } from "../db/outbox/housekeeping.ts";
import type { JobServices } from "./job-handler.ts";

/** Enqueues what is due by the clock. Every worker asks; the database decides who was first. */
export async function enqueueDue({ db, log }: Pick<JobServices, "db" | "log">): Promise<void> {
  if (!(await enqueueHousekeeping(db))) return;
  log.info({ event: "housekeeping-enqueued" });
}
