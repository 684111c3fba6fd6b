import { deleteExpired } from "../../db/outbox/housekeeping.ts";
import type { JobHandler } from "../job-handler.ts";

/** Deletes what has expired: sessions, tokens, tickets, answers kept for repeated requests, old jobs, dead workers. */
export const housekeeping: JobHandler<"housekeeping"> = {
  async run({ db, log }, held) {
    const deleted = await deleteExpired(db.sql, held.signal);
    log.info({ event: "housekeeping", ...deleted });
    return "done";
  },
};
