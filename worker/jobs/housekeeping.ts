import { limits } from "../../db/domain/limits.ts";
import {
  deleteExpired,
  forgetAudit,
  forgetFinished,
  turnOverEvents,
  turnOverHistory,
} from "../../db/outbox/housekeeping.ts";
import { deleteUnusedFiles, expireResults, type KeepingTime } from "../../db/services/retention.ts";
import type { HeldJob } from "../held-job.ts";
import type { JobHandler } from "../job-handler.ts";

/**
 * Deletes what has expired: sessions, tokens, tickets, answers kept for repeated requests, dead workers; finished jobs; logs by
 * the day; audit entries and results that no plan keeps any longer, and files that nothing names.
 */
export const housekeeping: JobHandler<"housekeeping"> = {
  async run({ db, blobs, ctx, log, logDays }, held, _, progress) {
    progress(0, "what has expired");
    const deleted = await deleteExpired(db.sql, held.signal);
    progress(0.3, "tables of history");
    const history = await turnOverHistory(db.sql);
    const logs = await turnOverEvents(db.sql, logDays);
    const audit = await forgetAudit(db.sql, held.signal);
    // From here on there may be so much of it that the next hour has to go on.
    progress(0.5, "finished jobs that are not kept as long as others");
    const forgotten = await forgetFinished(db.sql, held.signal);
    progress(0.7, "results that no plan keeps any longer");
    const results = await expireResults(ctx(null), timeOf(held));
    const files = await deleteUnusedFiles(ctx(null), blobs, timeOf(held)).catch((error: unknown) => {
      held.signal.throwIfAborted();
      // A storage that is away: what was noted stays noted, and the next hour tries again.
      log.warn({ event: "files-not-deleted", error });
      return null;
    });
    const result = { deleted, forgotten, history, logs, audit, results, files };
    log.info({ event: "housekeeping", ...result });
    return { result };
  },
};

function timeOf({ signal }: HeldJob): KeepingTime {
  const endsAt = performance.now() + limits.expireMs;
  return { signal, isOver: () => performance.now() >= endsAt };
}
