import { createHash } from "node:crypto";
import { artifactKey, type BlobStore } from "../db/blobs.ts";
import { AppError } from "../db/domain/errors.ts";
import type { RunnerEvent } from "../db/domain/events.ts";
import { limits } from "../db/domain/limits.ts";
import { noRoomForFile } from "../db/domain/tenancy.ts";
import { kindOf } from "../db/outside-calls/outage.ts";
import {
  type AttemptStart,
  appendEvents,
  type NewArtifact,
  recordArtifact,
} from "../db/services/attempts.ts";
import type { Ctx } from "../db/services/context.ts";
import type { ArtifactBytes, FromAttempt } from "./browser/protocol.ts";
import { withDatabase } from "./database-retry.ts";
import type { HeldJob } from "./held-job.ts";

const batchEventsMax = 100;
/** What a worker that stops, or an execution that is stopped, still waits for files to be stored. */
const hurryMs = 5_000;
/** The thread keeps to about twenty; more means that it does not wait for us. */
const queueMax = 200;

export type SinkOptions = {
  ctx: Ctx;
  held: HeldJob;
  start: AttemptStart;
  blobs: BlobStore;
  /** Called once, when nothing more can be written although the lease lives. */
  onFailed: (error: unknown) => void;
  /** A file could not be stored. The attempt goes on: its verdict does not hang on it. */
  onLost: (artifact: NewArtifact, error: unknown) => void;
};

type Heard = Extract<FromAttempt, { type: "events" | "artifact" }>;
type Entry = { message: Heard; taken: () => void; stored: Promise<NewArtifact> | null };

/**
 * Writes what an attempt says: numbered, in order, behind the fence of the lease. What comes while a batch is being
 * written makes the next one, so a busy database sees fewer and larger batches. The log must be written; a file that the
 * storage does not take is written down as lost, with the reason.
 */
export class Sink {
  readonly #options: SinkOptions;
  readonly #queue: Entry[] = [];
  readonly #puts = new Map<string, Promise<void>>();
  #nextSeq: number;
  /** What the plan of the organization has room for; null is without a limit. */
  #bytesLeft: number | null;
  #writing: Promise<void> | null = null;
  #error: unknown = null;
  readonly #noTime = new AbortController();

  constructor(options: SinkOptions) {
    this.#options = options;
    this.#nextSeq = options.start.nextSeq;
    this.#bytesLeft = options.start.artifactBytesLeft;
    const { signal, lostSignal } = options.held;
    const stop = () =>
      this.#noTime.abort(new AppError("unavailable", "the attempt was stopped before it was stored"));
    const hurry = () => setTimeout(stop, hurryMs).unref();
    if (signal.aborted) hurry();
    signal.addEventListener("abort", hurry);
    if (lostSignal.aborted) stop();
    lostSignal.addEventListener("abort", stop);
  }

  /** Null while everything could be written. */
  get error(): unknown {
    return this.#error;
  }

  take(message: Heard, taken: () => void): void {
    // The thread must not wait, at the end of its attempt, for what nobody is going to write.
    if (this.#isOver) {
      taken();
      return;
    }
    if (this.#queue.length >= queueMax) {
      this.#fail(new Error(`the attempt sent more than ${queueMax} messages without waiting`));
      return;
    }
    const stored = message.type === "artifact" ? this.#store(message.artifact) : null;
    this.#queue.push({ message, taken, stored });
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
  }

  /** Resolves when all that was taken is written, or nothing more will be. */
  async drain(): Promise<void> {
    await this.#writing;
  }

  get #isOver(): boolean {
    return this.#error !== null || this.#options.held.isLost;
  }

  async #write(): Promise<void> {
    try {
      while (this.#queue.length > 0 && !this.#isOver) {
        const entries = this.#nextEntries();
        const isOurs = await this.#writeEntries(entries).finally(() => {
          for (const { taken } of entries) taken();
        });
        if (!isOurs) {
          this.#options.held.stop({ kind: "lost", message: "a write was refused: the lease was taken over" });
          break;
        }
      }
    } catch (error) {
      if (!this.#options.held.isLost) this.#fail(error);
    }
    if (this.#isOver) this.#drop();
  }

  /** The next file, or the events before it, as many as go into one batch. */
  #nextEntries(): Entry[] {
    const entries: Entry[] = [];
    let count = 0;
    for (const entry of this.#queue) {
      const { message } = entry;
      if (message.type === "artifact") {
        if (entries.length === 0) entries.push(entry);
        break;
      }
      count += message.events.length;
      if (count > batchEventsMax && entries.length > 0) break;
      entries.push(entry);
    }
    this.#queue.splice(0, entries.length);
    return entries;
  }

  async #writeEntries(entries: readonly Entry[]): Promise<boolean> {
    const [first] = entries;
    if (first?.stored) return this.#record(await first.stored);
    const batch = entries.flatMap(({ message }): RunnerEvent[] =>
      message.type === "events" ? message.events : [],
    );
    return this.#append(batch);
  }

  async #record(artifact: NewArtifact): Promise<boolean> {
    const { ctx, held, start } = this.#options;
    if (held.isLost) return false;
    const isOurs = await withDatabase(held.lostSignal, () => recordArtifact(ctx, held.job, start, artifact));
    if (!isOurs || !artifact.lostReason) return isOurs;
    const text = `${artifact.kind} "${artifact.name}" is lost: ${artifact.lostReason}`;
    const said = { type: "log", level: "warning", text: text.slice(0, limits.eventTextCharsMax) } as const;
    return this.#append([{ at: new Date().toISOString(), ...said }]);
  }

  async #append(batch: readonly RunnerEvent[]): Promise<boolean> {
    const { ctx, held, start } = this.#options;
    const from = this.#nextSeq;
    const next = await withDatabase(held.lostSignal, () => appendEvents(ctx, held.job, start, from, batch));
    if (next === null) return false;
    this.#nextSeq = next;
    return true;
  }

  /** Begins as soon as the file is here, beside the writing of what came before it. Never rejects. */
  async #store({ bytes, id, ...facts }: ArtifactBytes): Promise<NewArtifact> {
    const { blobs, start, onLost } = this.#options;
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const storageKey = artifactKey(start, sha256);
    const artifact = { ...facts, id, sizeBytes: bytes.byteLength, sha256, storageKey };
    try {
      if (bytes.byteLength > limits.artifactBytesMax) {
        throw new AppError(
          "too-large",
          `it has ${bytes.byteLength} bytes, more than ${limits.artifactBytesMax}`,
        );
      }
      if (this.#bytesLeft !== null && bytes.byteLength > this.#bytesLeft) {
        throw new AppError("too-large", noRoomForFile);
      }
      // Pictures of steps that changed nothing are alike: one is sent for all of them.
      const put =
        this.#puts.get(sha256) ??
        blobs.put(storageKey, bytes, { contentType: facts.contentType, sha256 }, this.#noTime.signal);
      this.#puts.set(sha256, put);
      await put;
      if (this.#bytesLeft !== null) this.#bytesLeft -= bytes.byteLength;
      return artifact;
    } catch (error) {
      const lost = { ...artifact, lostReason: reasonOf(error) };
      onLost(lost, error);
      return lost;
    }
  }

  #fail(error: unknown): void {
    if (this.#error !== null) return;
    this.#error = error;
    this.#drop();
    this.#options.onFailed(error);
  }

  #drop(): void {
    for (const { taken } of this.#queue.splice(0)) taken();
  }
}

/** What may be shown of it: our own words, and never an address or a path of the storage. */
function reasonOf(error: unknown): string {
  if (error instanceof AppError) return error.message;
  const kind = kindOf(error);
  return `the storage refused it${kind ? ` (${kind})` : ""}`;
}
