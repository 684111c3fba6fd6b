import { deleteExpired, turnOverHistory } from "../../db/outbox/housekeeping.ts";
import type { JobHandler } from "../job-handler.ts";

/** Deletes what has expired: sessions, tokens, tickets, answers kept for repeated requests, dead workers, old jobs by the day. */
export const housekeeping: JobHandler<"housekeeping"> = {
  async run({ db, log }, held) {
    const deleted = await deleteExpired(db.sql, held.signal);
    const history = await turnOverHistory(db.sql);
    log.info({ event: "housekeeping", ...deleted, history });
    return "done";
  },
};
