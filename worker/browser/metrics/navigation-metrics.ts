import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { worldName } from "../documents.ts";
import type { Session } from "../driver/session.ts";
import type { Outbox } from "../outbox.ts";
import { bundled } from "../page/bundle.ts";
import type { Tab } from "../tab.ts";
import { type Measured, measuredNames, metricsBinding } from "./contract.ts";

const navigationsMax = 200;
const callCharsMax = 2_000;
const urlCharsMax = 2_000;
/** Documents whose requests began before they were shown. */
const loadersMax = 200;

type Weight = { requests: number; transferredBytes: number };
type Current = { url: string; weight: Weight; measured: Measured };

let script: string | undefined;

function measureScript(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  script ??= bundled(join(here, "measure.ts"), { minify: true });
  return script;
}

/**
 * Web vitals and weight of each document that a tab shows, told as an event when the next one replaces it, or at the end. All
 * of the tab's requests until then count, those of its frames included.
 */
export class NavigationMetrics {
  readonly #outbox: Outbox;
  readonly #current = new Map<Tab, Current>();
  #told = 0;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  attach(session: Session, tab: Tab): Promise<unknown>[] {
    this.#weigh(session, tab);
    if (session !== tab.session) return [];
    session.on("Runtime.bindingCalled", ({ name, payload }) => {
      const current = this.#current.get(tab);
      if (name === metricsBinding && current) Object.assign(current.measured, measuredOf(payload));
    });
    return [
      session.send("Runtime.addBinding", { name: metricsBinding, executionContextName: worldName }),
      session.send("Page.addScriptToEvaluateOnNewDocument", {
        source: measureScript(),
        worldName,
        runImmediately: true,
      }),
    ];
  }

  /** Tells of the documents that are shown now. */
  finish(): void {
    for (const tab of [...this.#current.keys()]) this.#tell(tab);
  }

  #weigh(session: Session, tab: Tab): void {
    const loaders = new Map<string, Weight>();
    const requests = new Map<string, Weight>();
    session.on("Network.requestWillBeSent", ({ requestId, loaderId, frameId, request }) => {
      if (request.url.startsWith("data:")) return;
      const isOwn = session === tab.session && frameId === tab.mainFrameId;
      const weight = (isOwn ? weightOf(loaders, loaderId) : null) ?? this.#current.get(tab)?.weight;
      if (!weight) return;
      weight.requests++;
      requests.set(requestId, weight);
    });
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      const weight = requests.get(requestId);
      if (weight) weight.transferredBytes += encodedDataLength;
      requests.delete(requestId);
    });
    session.on("Network.loadingFailed", ({ requestId }) => requests.delete(requestId));
    if (session !== tab.session) return;
    session.on("Page.frameNavigated", ({ frame }) => {
      if (frame.parentId !== undefined) return;
      this.#tell(tab);
      if (!/^https?:/.test(frame.url) || frame.unreachableUrl !== undefined) return;
      const weight = weightOf(loaders, frame.loaderId) ?? { requests: 0, transferredBytes: 0 };
      this.#current.set(tab, { url: frame.url.slice(0, urlCharsMax), weight, measured: {} });
    });
  }

  #tell(tab: Tab): void {
    const current = this.#current.get(tab);
    this.#current.delete(tab);
    if (!current || this.#told++ >= navigationsMax) return;
    const { url, weight, measured } = current;
    const figures = Object.fromEntries(measuredNames.map((name) => [name, measured[name] ?? null])) as {
      [name in keyof Required<Measured>]: number | null;
    };
    this.#outbox.emit({ type: "navigation-metrics", url, ...figures, ...weight });
  }
}

function weightOf(loaders: Map<string, Weight>, loaderId: string): Weight | null {
  const known = loaders.get(loaderId);
  if (known) return known;
  const oldest = loaders.keys().next();
  if (loaders.size >= loadersMax && !oldest.done) loaders.delete(oldest.value);
  const weight = { requests: 0, transferredBytes: 0 };
  loaders.set(loaderId, weight);
  return weight;
}

/** Numbers of a plausible size; the script is ours, the timeline that it reads is the page's. */
function measuredOf(payload: string): Measured {
  if (payload.length > callCharsMax) return {};
  let said: unknown;
  try {
    said = JSON.parse(payload);
  } catch {
    return {};
  }
  const values = Object(said) as Record<string, unknown>;
  const measured: Measured = {};
  for (const name of measuredNames) {
    const value = values[name];
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0 || value > 1e8) continue;
    measured[name] = name === "cls" ? Math.round(value * 10_000) / 10_000 : Math.round(value);
  }
  return measured;
}
