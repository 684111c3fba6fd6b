import { deleteExpired, turnOverEvents, turnOverHistory } from "../../db/outbox/housekeeping.ts";
import type { JobHandler } from "../job-handler.ts";

/**
 * Deletes what has expired: sessions, tokens, tickets, answers kept for repeated requests, dead workers; old jobs and logs by
 * the day.
 */
export const housekeeping: JobHandler<"housekeeping"> = {
  async run({ db, log, logDays }, held) {
    const deleted = await deleteExpired(db.sql, held.signal);
    const history = await turnOverHistory(db.sql);
    const logs = await turnOverEvents(db.sql, logDays);
    log.info({ event: "housekeeping", ...deleted, history, logs });
    return "done";
  },
};
