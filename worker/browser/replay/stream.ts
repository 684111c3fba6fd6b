import { Deadline } from "../deadline.ts";
import type { Session } from "../driver/session.ts";
import type { Tab } from "../tab.ts";
import { type Cleaner, isPlain, type Plain } from "./clean.ts";
import { cleanEvent } from "./clean-event.ts";
import { recorderLimits } from "./contract.ts";
import { ownerIdOf } from "./frame-owner.ts";

/** Numbers of the recorders of frames are moved apart by so much; a recorder that gives higher ones is not believed. */
const idsPerRecorder = 10_000_000;
const recordersMax = 500;
/** Events of a frame whose element is still being looked for. */
const pendingCharsMax = 4_000_000;
const ownerTries = 20;
const ownerPauseMs = 250;

/** Who records a document: `offset` is added to the numbers it gives. */
type Recorder = {
  document: string;
  isTop: boolean;
  offset: number;
  frameId: string;
  session: Session;
  /** The element that holds the frame, as a number of the whole stream; null for the tab's own document. */
  ownerId: number | null;
  /** The number of the frame's document in the whole stream. */
  rootId: number | null;
  hasSnapshot: boolean;
  pending: Plain[] | null;
  pendingChars: number;
};

export type StreamHooks = {
  /** Gets each event, cleaned, in the order of its recorder. */
  keep(event: Plain, timestamp: number): void;
  /** Masks and cuts what was said at a time. */
  textAt(timestamp: number): (value: string) => string;
  note(reason: string): void;
};

/**
 * The recording of one tab: that of its own document with those of frames of other origins put into it, as rrweb's player
 * takes it. What recorders say is taken for hostile.
 */
export class TabStream {
  readonly #tab: Tab;
  readonly #hooks: StreamHooks;
  readonly #recorders = new Map<string, Recorder>();
  #top: Recorder | null = null;
  #frames = 0;
  readonly #ending = new AbortController();
  readonly #placing = new Set<Promise<void>>();

  constructor(tab: Tab, hooks: StreamHooks) {
    this.#tab = tab;
    this.#hooks = hooks;
  }

  /** Resolves when the frames that are known have their places. */
  async settled(): Promise<void> {
    await Promise.all(this.#placing);
  }

  close(): void {
    this.#ending.abort(new Error("the recording is over"));
  }

  /** What a recorder said, parsed; `frameId` is where it lives. */
  take(session: Session, frameId: string, said: Plain, chars: number): void {
    const recorder = this.#recorderOf(session, frameId, said);
    if (recorder === null || !Array.isArray(said.events)) return;
    // A document that was left may still have something to say, which would be told of the next one.
    if (recorder.isTop && recorder !== this.#top && recorder.hasSnapshot) return;
    const charsEach = chars / Math.max(1, said.events.length);
    for (const event of said.events) if (isPlain(event)) this.#takeEvent(recorder, event, charsEach);
    if (typeof said.ended === "string") this.#hooks.note(endReason(said.ended));
  }

  #recorderOf(session: Session, frameId: string, said: Plain): Recorder | null {
    const { document } = said;
    if (typeof document !== "string" || document.length > 40) return null;
    const known = this.#recorders.get(document);
    if (known) return known;
    const isTop = frameId === this.#tab.mainFrameId;
    if (!isTop && this.#frames >= recordersMax) {
      this.#hooks.note(`only the first ${recordersMax} frames of a tab are recorded`);
      return null;
    }
    const recorder: Recorder = {
      document,
      isTop,
      offset: isTop ? 0 : ++this.#frames * idsPerRecorder,
      frameId,
      session,
      ownerId: null,
      rootId: null,
      hasSnapshot: false,
      pending: isTop ? null : [],
      pendingChars: 0,
    };
    this.#recorders.set(document, recorder);
    if (!isTop) {
      const placing = this.#place(recorder)
        .catch(() => {
          // The attempt has ended meanwhile.
        })
        .finally(() => this.#placing.delete(placing));
      this.#placing.add(placing);
    }
    return recorder;
  }

  #takeEvent(recorder: Recorder, event: Plain, chars: number): void {
    if (recorder.pending !== null) {
      recorder.pendingChars += chars;
      if (recorder.pendingChars > pendingCharsMax)
        this.#hooks.note("a frame said too much before it was found");
      else recorder.pending.push(event);
      return;
    }
    const timestamp = this.#timeOf(event);
    if (!recorder.isTop && event.type === 2) recorder.rootId = rootOf(recorder, event);
    const cleaner = cleanerOf(recorder, this.#hooks.textAt(timestamp));
    const clean = cleanEvent(cleaner, event);
    if (cleaner.nodesLeft < 0) this.#hooks.note("a document has more nodes than can be shown");
    if (clean === null) return;
    if (!recorder.isTop) this.#keepOfFrame(recorder, clean, timestamp);
    else {
      if (clean.type === 2) this.#began(recorder);
      if (recorder.hasSnapshot || clean.type === 4) this.#hooks.keep(clean, timestamp);
    }
  }

  /** The whole tab is said anew: what frames said before is gone from it. */
  #began(recorder: Recorder): void {
    this.#top = recorder;
    const isAgain = recorder.hasSnapshot;
    recorder.hasSnapshot = true;
    for (const other of this.#recorders.values()) {
      if (other.isTop) {
        if (other !== recorder) this.#recorders.delete(other.document);
      } else if (isAgain && other.pending === null) {
        this.#askAgain(other);
      } else if (other.pending === null) this.#recorders.delete(other.document);
    }
  }

  /** A frame in another process, or of another origin, says its document again. */
  #askAgain({ session, frameId }: Recorder): void {
    const realm = this.#tab.documents.present("engine").find((known) => known.frameId === frameId);
    if (!realm || realm.session !== session) return;
    const expression = "globalThis.__verdictReplay?.snapshot()";
    session.send("Runtime.evaluate", { expression, uniqueContextId: realm.uniqueId }).catch(() => undefined);
  }

  #keepOfFrame(recorder: Recorder, event: Plain, timestamp: number): void {
    if (event.type === 2) {
      recorder.hasSnapshot = true;
      const { node } = event.data as { node: Plain };
      const adds = [{ parentId: recorder.ownerId, nextId: null, node }];
      const data = { source: 0, texts: [], attributes: [], removes: [], adds, isAttachIframe: true };
      this.#hooks.keep({ type: 3, data }, timestamp);
    } else if (event.type === 3 && recorder.hasSnapshot) {
      // The size of a frame's view is that of its element.
      if ((event.data as Plain).source !== 4) this.#hooks.keep(event, timestamp);
    }
  }

  /** Finds the element that holds the frame, then says what has come from it meanwhile. */
  async #place(recorder: Recorder): Promise<void> {
    const deadline = new Deadline(ownerTries * ownerPauseMs, this.#ending.signal);
    while (!deadline.isOver) {
      const owner = await ownerIdOf(this.#tab, recorder.frameId, deadline);
      const around = owner ? this.#recorders.get(owner.document) : undefined;
      if (owner && around?.hasSnapshot && owner.id < idsPerRecorder) {
        recorder.ownerId = owner.id + around.offset;
        const pending = recorder.pending ?? [];
        recorder.pending = null;
        for (const event of pending) this.#takeEvent(recorder, event, 0);
        return;
      }
      await deadline.sleep(ownerPauseMs);
    }
    this.#hooks.note("a frame could not be placed in its page");
    recorder.pending = [];
    recorder.pendingChars = Number.POSITIVE_INFINITY;
  }

  #timeOf(event: Plain): number {
    const now = Date.now();
    const said = typeof event.timestamp === "number" ? event.timestamp : now;
    // Its clock is ours: only a recorder that is not ours says otherwise.
    return Math.abs(said - now) < 600_000 ? Math.round(said) : now;
  }
}

function cleanerOf(recorder: Recorder, text: (value: string) => string): Cleaner {
  const id = (value: unknown) => idOf(recorder, value);
  return { text, id, rootId: recorder.rootId, nodesLeft: 3 * recorderLimits.elementsMax };
}

function idOf({ isTop, offset }: Recorder, value: unknown): number | null {
  if (typeof value !== "number" || !Number.isInteger(value)) return null;
  if (value < 1 || (!isTop && value >= idsPerRecorder)) return null;
  return value + offset;
}

function rootOf(recorder: Recorder, { data }: Plain): number | null {
  return isPlain(data) && isPlain(data.node) ? idOf(recorder, data.node.id) : null;
}

function endReason(ended: string): string {
  switch (ended) {
    case "too-many-elements":
      return `a document has more than ${recorderLimits.elementsMax} elements`;
    case "too-much":
      return `a document changed more than can be kept (${recorderLimits.documentCharsMax} characters)`;
    default:
      return "a document could not be recorded any further";
  }
}
