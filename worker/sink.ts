import { createHash } from "node:crypto";
import { artifactKey, type BlobStore } from "../db/blobs.ts";
import type { RunnerEvent } from "../db/domain/events.ts";
import { limits } from "../db/domain/limits.ts";
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
/** The thread keeps to about twenty; more means that it does not wait for us. */
const queueMax = 200;

export type SinkOptions = {
  ctx: Ctx;
  held: HeldJob;
  start: AttemptStart;
  blobs: BlobStore;
  /** Called once, when nothing more can be written although the lease lives. */
  onFailed: (error: unknown) => void;
};

type Heard = Extract<FromAttempt, { type: "events" | "artifact" }>;
type Entry = { message: Heard; taken: () => void; stored: Promise<NewArtifact> | null };

/**
 * Writes what an attempt says: numbered, in order, behind the fence of the lease. What comes while a batch is being
 * written makes the next one, so a busy database sees fewer and larger batches.
 */
export class Sink {
  readonly #options: SinkOptions;
  readonly #queue: Entry[] = [];
  #nextSeq: number;
  #writing: Promise<void> | null = null;
  #error: unknown = null;

  constructor(options: SinkOptions) {
    this.#options = options;
    this.#nextSeq = options.start.nextSeq;
  }

  /** Null while everything could be written. */
  get error(): unknown {
    return this.#error;
  }

  take(message: Heard, taken: () => void): void {
    if (this.#isOver) return;
    if (this.#queue.length >= queueMax) {
      this.#fail(new Error(`the attempt sent more than ${queueMax} messages without waiting`));
      return;
    }
    const stored = message.type === "artifact" ? this.#store(message.artifact) : null;
    // It is awaited in its turn; until then its failure is nobody's.
    stored?.catch(() => undefined);
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
        const isOurs = await this.#writeEntries(entries);
        if (!isOurs) {
          this.#options.held.stop({ kind: "lost", message: "a write was refused: the lease was taken over" });
          break;
        }
        for (const { taken } of entries) taken();
      }
    } catch (error) {
      if (!this.#options.held.isLost) this.#fail(error);
    }
    if (this.#isOver) this.#queue.length = 0;
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
    const { ctx, held, start } = this.#options;
    const [first] = entries;
    if (first?.stored) {
      const artifact = await first.stored;
      return withDatabase(held.lostSignal, () => recordArtifact(ctx, held.job, start, artifact));
    }
    const batch = entries.flatMap(({ message }): RunnerEvent[] =>
      message.type === "events" ? message.events : [],
    );
    const from = this.#nextSeq;
    const next = await withDatabase(held.lostSignal, () => appendEvents(ctx, held.job, start, from, batch));
    if (next === null) return false;
    this.#nextSeq = next;
    return true;
  }

  /** Begins as soon as the file is here, beside the writing of what came before it. */
  async #store({ bytes, id, ...artifact }: ArtifactBytes): Promise<NewArtifact> {
    const { blobs, start } = this.#options;
    if (bytes.byteLength > limits.artifactBytesMax) {
      throw new Error(`artifact ${id} has ${bytes.byteLength} bytes, more than ${limits.artifactBytesMax}`);
    }
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const storageKey = artifactKey(start, id);
    await blobs.put(storageKey, bytes, { contentType: artifact.contentType, sha256 });
    return { ...artifact, id, sizeBytes: bytes.byteLength, sha256, storageKey };
  }

  #fail(error: unknown): void {
    if (this.#error !== null) return;
    this.#error = error;
    this.#queue.length = 0;
    this.#options.onFailed(error);
  }
}
