import type { Sql } from "postgres";
import { limits } from "../db/domain/limits.ts";
import { writeProgress } from "../db/outbox/finish.ts";
import { storable } from "../db/storable.ts";
import type { HeldJob } from "./held-job.ts";
import type { WorkerLog } from "./metrics.ts";

/** Says how far a job has come: 0 to 1, and in a few words with what. Costs nothing to call often. */
export type Report = (fraction: number, text?: string) => void;

/**
 * Writes down how far a job has come, now and then: of what is said in between only the last. A write that is refused says
 * that the lease is lost.
 */
export class Progress {
  readonly #sql: Sql;
  readonly #held: HeldJob;
  readonly #log: WorkerLog;
  readonly #everyMs: number;
  #next: { fraction: number; text: string } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isWriting = false;
  #hasEnded = false;

  constructor(sql: Sql, held: HeldJob, log: WorkerLog, everyMs: number = limits.progressMs) {
    this.#sql = sql;
    this.#held = held;
    this.#log = log;
    this.#everyMs = everyMs;
  }

  report(fraction: number, text = ""): void {
    if (Number.isNaN(fraction))
      throw new RangeError("the progress of a job is a number from 0 to 1, not NaN");
    if (this.#hasEnded) return;
    const said = storable(text.slice(0, limits.progressCharsMax));
    this.#next = { fraction: Math.min(1, Math.max(0, fraction)), text: said };
    if (!this.#timer && !this.#isWriting) void this.#write();
  }

  /** Nothing is written from now on: the job is about to end, and its end says more. */
  end(): void {
    this.#hasEnded = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  async #write(): Promise<void> {
    const next = this.#next;
    this.#timer = null;
    if (!next || this.#hasEnded) return;
    this.#next = null;
    this.#isWriting = true;
    try {
      const isOurs = await writeProgress(this.#sql, this.#held.job, next.fraction, next.text);
      if (!isOurs && !this.#hasEnded) {
        this.#held.stop({ kind: "lost", message: "a write was refused: the lease was taken over" });
      }
    } catch (error) {
      // It only informs: the next one may get through.
      this.#log.warn({ event: "progress-failed", jobId: this.#held.job.jobId, error });
    }
    this.#isWriting = false;
    if (!this.#hasEnded) this.#timer = setTimeout(() => void this.#write(), this.#everyMs);
  }
}
