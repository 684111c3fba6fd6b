import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { limits } from "../../../db/domain/limits.ts";
import { worldName } from "../documents.ts";
import type { Session } from "../driver/session.ts";
import type { Mask } from "../masking.ts";
import type { Outbox } from "../outbox.ts";
import { bundled } from "../page/bundle.ts";
import type { Tab } from "../tab.ts";
import { isPlain, type Plain } from "./clean.ts";
import { bindingName, recorderLimits } from "./contract.ts";
import { Packer } from "./packer.ts";
import { Resources } from "./resources.ts";
import { TabStream } from "./stream.ts";

/** A call of the binding: one event of the largest size, and what is around it. */
const callCharsMax = recorderLimits.eventCharsMax + recorderLimits.callCharsMax + 1_000;
/** Longer ones are left out: the largest are style sheets. */
const textCharsMax = 3_000_000;
const notesMax = 20;
/** What a page does with a secret after the step that gave it. */
const secretEchoMs = 2_000;
const flushMsMax = 500;

let script: string | undefined;

/** The recorder, for the isolated world of every document; built once for each thread. */
function recorderScript(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  script ??= bundled(join(here, "recorder.ts"), { minify: true });
  return script;
}

/**
 * Records the documents of an attempt so that they can be shown again: lines of JSON, compressed. The first line says what it
 * is; then come `{ resource }` with a picture or font that a document shows, `{ tab, e }` with an event of rrweb, whose
 * `timestamp` is in epoch milliseconds as the times of the log, and `{ tab, at, truncated }` with why something is missing from
 * there on.
 */
export class Replay {
  readonly #outbox: Outbox;
  readonly #mask: Mask;
  readonly #packer = new Packer();
  readonly #resources: Resources;
  readonly #streams = new Map<Tab, TabStream>();
  readonly #secretive: { from: number; to: number }[] = [];
  #chars = 0;
  #notes = new Set<string>();
  #hasEvents = false;
  #isOver = false;

  constructor(outbox: Outbox, mask: Mask) {
    this.#outbox = outbox;
    this.#mask = mask;
    this.#resources = new Resources(mask, (resource) => this.#line({ resource }));
    this.#line({ verdict: "replay", v: 1, startedAt: Date.now() });
  }

  /** Begins to record what a session shows; the commands that make it so are returned. Before `Runtime.enable`. */
  attach(session: Session, tab: Tab): Promise<unknown>[] {
    const stream = this.#streamOf(tab);
    this.#resources.listen(session);
    session.on("Runtime.bindingCalled", ({ name, payload, executionContextId }) => {
      if (name !== bindingName || this.#isOver) return;
      const realm = tab.documents
        .present("engine")
        .find((known) => known.session === session && known.id === executionContextId);
      if (realm) this.#take(stream, session, realm.frameId, payload);
    });
    return [
      // The world is ours: the page's own scripts have no such function.
      session.send("Runtime.addBinding", { name: bindingName, executionContextName: worldName }),
      session.send("Page.addScriptToEvaluateOnNewDocument", {
        source: recorderScript(),
        worldName,
        runImmediately: true,
      }),
    ];
  }

  /**
   * To be called before something gives a secret to the page; the function that is returned, after it. Fields that take a value
   * in between are hidden from then on.
   */
  async guard(): Promise<() => void> {
    const span = { from: Date.now(), to: Number.POSITIVE_INFINITY };
    this.#secretive.push(span);
    await this.#tell("secretive(true)");
    return () => {
      span.to = Date.now() + secretEchoMs;
      this.#tell("secretive(false)").catch(() => undefined);
    };
  }

  /** Ends the recording. @returns the compressed lines, or null when it is not wanted or there is nothing to show */
  async finish(isWanted: boolean): Promise<Uint8Array | null> {
    if (isWanted && !this.#isOver) {
      await this.#tell("flush()");
      await within(
        flushMsMax,
        Promise.all([this.#resources, ...this.#streams.values()].map((part) => part.settled())),
      );
    }
    this.#isOver = true;
    for (const stream of this.#streams.values()) stream.close();
    if (!isWanted || !this.#hasEvents) {
      this.#packer.drop();
      return null;
    }
    return this.#packer.bytes();
  }

  #streamOf(tab: Tab): TabStream {
    const known = this.#streams.get(tab);
    if (known) return known;
    const number = this.#streams.size;
    const stream = new TabStream(tab, {
      keep: (event, timestamp) => {
        this.#hasEvents = true;
        this.#line({ tab: number, e: { ...event, timestamp } });
      },
      textAt: (timestamp) => this.#textAt(timestamp),
      note: (reason) => this.#note(number, reason),
    });
    this.#streams.set(tab, stream);
    return stream;
  }

  #take(stream: TabStream, session: Session, frameId: string, payload: string): void {
    if (payload.length > callCharsMax) return;
    const said = parsed(payload);
    if (said) stream.take(session, frameId, said, payload.length);
  }

  #line(value: Plain): void {
    if (this.#isOver) return;
    const line = `${JSON.stringify(value)}\n`;
    this.#chars += line.length;
    this.#packer.add(line);
    if (this.#chars <= limits.replayCharsMax || "truncated" in value) return;
    this.#note(0, `an attempt keeps at most ${limits.replayCharsMax} characters of its pages`);
    this.#isOver = true;
    this.#tell("stop()").catch(() => undefined);
  }

  /** Says, in the recording and in the log, that something is missing from it. */
  #note(tab: number, reason: string): void {
    if (this.#isOver || this.#notes.has(reason) || this.#notes.size >= notesMax) return;
    this.#notes.add(reason);
    this.#line({ tab, at: Date.now(), truncated: reason });
    this.#outbox.emit({ type: "log", level: "info", text: `the replay is incomplete: ${reason}` });
  }

  #textAt(timestamp: number): (value: string) => string {
    const isSecretive = this.#secretive.some(({ from, to }) => timestamp >= from && timestamp <= to);
    return (value) => {
      const masked = this.#mask.text(value.length > textCharsMax ? "" : value);
      return isSecretive && this.#mask.hasBeginning(masked) ? "•••" : masked;
    };
  }

  /** Calls every recorder; none is waited for longer than a moment. */
  async #tell(call: string): Promise<void> {
    const sent: Promise<unknown>[] = [];
    for (const tab of this.#streams.keys()) {
      if (tab.isClosed) continue;
      for (const { session, uniqueId } of tab.documents.present("engine")) {
        const expression = `globalThis.__verdictReplay?.${call}`;
        sent.push(session.send("Runtime.evaluate", { expression, uniqueContextId: uniqueId }));
      }
    }
    await within(flushMsMax, Promise.allSettled(sent));
  }
}

/** Waits for a promise, for no longer than a bound. */
async function within(boundMs: number, awaited: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, boundMs);
  await Promise.race([awaited, promise]);
  clearTimeout(timer);
}

function parsed(payload: string): Plain | null {
  try {
    const value: unknown = JSON.parse(payload);
    return isPlain(value) ? value : null;
  } catch {
    return null;
  }
}
