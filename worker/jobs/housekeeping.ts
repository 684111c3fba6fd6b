import {
  deleteExpired,
  forgetAudit,
  forgetFinished,
  turnOverEvents,
  turnOverHistory,
} from "../../db/outbox/housekeeping.ts";
import type { JobHandler } from "../job-handler.ts";

/**
 * Deletes what has expired: sessions, tokens, tickets, answers kept for repeated requests, dead workers; finished jobs; logs by
 * the day; audit entries that no plan keeps any longer.
 */
export const housekeeping: JobHandler<"housekeeping"> = {
  async run({ db, log, logDays }, held, _, progress) {
    progress(0, "what has expired");
    const deleted = await deleteExpired(db.sql, held.signal);
    progress(0.3, "tables of history");
    const history = await turnOverHistory(db.sql);
    const logs = await turnOverEvents(db.sql, logDays);
    const audit = await forgetAudit(db.sql, held.signal);
    // Last: there may be so much of it that the next hour has to go on.
    progress(0.5, "finished jobs that are not kept as long as others");
    const forgotten = await forgetFinished(db.sql, held.signal);
    const result = { deleted, forgotten, history, logs, audit };
    log.info({ event: "housekeeping", ...result });
    return { result };
  },
};
