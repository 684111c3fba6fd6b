import type { MessagePort } from "node:worker_threads";
import type { EventBody, RunnerEvent } from "../../db/domain/events.ts";
import { newId } from "../../db/domain/ids.ts";
import { limits } from "../../db/domain/limits.ts";
import type { Mask } from "./masking.ts";
import type { ArtifactBytes, FromAttempt } from "./protocol.ts";

const batchEventsMax = 50;
const flushMs = 100;
/** Messages that the worker has not yet dealt with; beyond them we keep back what is to be said. */
const untakenMax = 20;
const waitingArtifactsMax = 4;
/** Room that is always left for the events of the steps themselves. */
const reservedForSteps = 2 * limits.stepsPerCaseMax + 10;

/** Files of which there is one of each kind, and which come last. */
const reservedForRecordings = 10;

type Item = { event: RunnerEvent } | { artifact: ArtifactBytes };
/** A place in the order; `items` is null while what belongs there is still being made. */
type Slot = { items: Item[] | null; meanwhile: Item[] };

/**
 * Everything an attempt says, in order, masked, cut, counted, in batches, and no faster than the worker takes it.
 */
export class Outbox {
  readonly #port: MessagePort;
  readonly #mask: Mask;
  #slots: Slot[] = [];
  #untaken = 0;
  #noise = 0;
  #dropped = 0;
  #artifacts = 0;
  #artifactsWaiting = 0;
  #timer: NodeJS.Timeout | null = null;
  #wakers = new Set<() => void>();
  #isClosed = false;

  constructor(port: MessagePort, mask: Mask) {
    this.#port = port;
    this.#mask = mask;
  }

  emit(body: EventBody): void {
    if (this.#isClosed || !this.#admit(body)) return;
    this.#push({ items: [this.#event(body)], meanwhile: [] });
  }

  /**
   * Keeps the place in the order for an event whose picture is still being taken. When it is not there by the end of the
   * attempt, `fallback` is said instead.
   */
  emitWhen(fallback: EventBody, made: Promise<{ body: EventBody; artifact: ArtifactBytes | null }>): void {
    if (this.#isClosed) return;
    const slot: Slot = { items: null, meanwhile: [this.#event(fallback)] };
    const at = new Date().toISOString();
    this.#push(slot);
    made.then(
      ({ body, artifact }) => {
        const files = this.#artifactItems(artifact);
        // A picture that may not be sent must not be referred to.
        slot.items = artifact && files.length === 0 ? slot.meanwhile : [...files, this.#event(body, at)];
        this.#flushSoon();
      },
      () => {
        slot.items = slot.meanwhile;
        this.#flushSoon();
      },
    );
  }

  /** Sends a file; false when the attempt has made too many, or the file is too large. */
  artifact(artifact: ArtifactBytes): boolean {
    const items = this.#artifactItems(artifact);
    if (items.length === 0 || this.#isClosed) return false;
    this.#push({ items, meanwhile: [] });
    return true;
  }

  /** Whether a file can't be sent as it is, because there is a secret in it. */
  holdsSecret(bytes: Uint8Array): boolean {
    return this.#mask.isIn(bytes);
  }

  get hasRoom(): boolean {
    return this.#artifactsWaiting < waitingArtifactsMax;
  }

  /** Sends a value as a file of JSON, what must not be seen masked in it; null when it could not be sent. */
  json(file: Pick<ArtifactBytes, "kind" | "name" | "step">, value: unknown): string | null {
    const bytes = new TextEncoder().encode(JSON.stringify(this.#mask.all(value)));
    const id = newId();
    const head = { id, contentType: "application/json", width: null, height: null };
    return this.artifact({ ...file, ...head, bytes }) ? id : null;
  }

  /** Resolves when there is room for another file: the worker keeps up. */
  async room(): Promise<void> {
    while (!this.hasRoom && !this.#isClosed) await this.#change();
  }

  /** The worker has dealt with so many messages. */
  taken(messages: number): void {
    this.#untaken = Math.max(0, this.#untaken - messages);
    this.#flush(false);
    this.#wake();
  }

  /** Says everything that is left and waits until the worker has it, at most for `boundMs`. */
  async close(boundMs: number): Promise<void> {
    if (this.#dropped > 0) {
      const body: EventBody = {
        type: "truncated",
        dropped: this.#dropped,
        reason: `an attempt keeps at most ${limits.eventsPerAttemptMax} events`,
      };
      this.#push({ items: [this.#event(body)], meanwhile: [] });
    }
    const end = performance.now() + boundMs;
    this.#flush(false);
    while ((this.#slots.length > 0 || this.#untaken > 0) && performance.now() < end) {
      await this.#changeUntil(end);
      this.#flush(false);
    }
    this.#isClosed = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#flush(true);
    this.#wake();
  }

  #event(body: EventBody, at = new Date().toISOString()): Item {
    return { event: { at, ...cutTexts(this.#mask.all(body)) } };
  }

  #admit(body: EventBody): boolean {
    if (body.type === "step-started" || body.type === "step-finished" || body.type === "attempt-started")
      return true;
    if (this.#noise >= limits.eventsPerAttemptMax - reservedForSteps) {
      this.#dropped++;
      return false;
    }
    this.#noise++;
    return true;
  }

  #artifactItems(artifact: ArtifactBytes | null): Item[] {
    if (artifact === null) return [];
    const reserved = artifact.kind === "screenshot" ? reservedForRecordings : 0;
    if (this.#artifacts >= limits.artifactsPerAttemptMax - reserved) return [];
    if (artifact.bytes.byteLength > limits.artifactBytesMax) return [];
    this.#artifacts++;
    this.#artifactsWaiting++;
    return [{ artifact: { ...artifact, name: this.#mask.text(artifact.name) } }];
  }

  #push(slot: Slot): void {
    this.#slots.push(slot);
    if (this.#slots.length >= batchEventsMax) this.#flush(false);
    else this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#timer || this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#flush(false);
    }, flushMs);
    this.#timer.unref();
  }

  #flush(force: boolean): void {
    while (this.#slots.length > 0 && (force || this.#untaken < untakenMax)) {
      const events: RunnerEvent[] = [];
      let artifact: ArtifactBytes | null = null;
      while (events.length < batchEventsMax && artifact === null) {
        const item = this.#next(force);
        if (item === null) break;
        if ("event" in item) events.push(item.event);
        else artifact = item.artifact;
      }
      if (events.length > 0) this.#post({ type: "events", events });
      if (artifact) {
        this.#artifactsWaiting--;
        this.#post({ type: "artifact", artifact }, [artifact.bytes.buffer as ArrayBuffer]);
      }
      if (events.length === 0 && artifact === null) break;
    }
    this.#wake();
  }

  #next(force: boolean): Item | null {
    for (;;) {
      const slot = this.#slots[0];
      if (!slot) return null;
      const items = slot.items ?? (force ? slot.meanwhile : null);
      if (items === null) return null;
      slot.items = items;
      const item = items.shift();
      if (items.length === 0) this.#slots.shift();
      if (item) return item;
    }
  }

  #post(message: FromAttempt, transfer: ArrayBuffer[] = []): void {
    this.#untaken++;
    this.#port.postMessage(message, transfer);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wakers.add(resolve));
  }

  async #changeUntil(end: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.max(0, end - performance.now()));
    this.#wakers.add(resolve);
    await promise;
    clearTimeout(timer);
    this.#wakers.delete(resolve);
  }

  #wake(): void {
    const wakers = [...this.#wakers];
    this.#wakers.clear();
    for (const wake of wakers) wake();
  }
}

/** Masked first, cut then: a cut secret would not be found any more. */
function cutTexts<T>(value: T): T {
  if (typeof value === "string") return cut(value) as T;
  if (Array.isArray(value)) return value.map(cutTexts) as T;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cutTexts(item)])) as T;
}

function cut(text: string): string {
  return text.length <= limits.eventTextCharsMax ? text : `${text.slice(0, limits.eventTextCharsMax - 1)}…`;
}
