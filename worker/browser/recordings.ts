import type { ArtifactKind } from "../../db/domain/events.ts";
import type { Ruling } from "../../db/domain/exchange.ts";
import { newId } from "../../db/domain/ids.ts";
import { limits } from "../../db/domain/limits.ts";
import type { Step } from "../../db/domain/steps/index.ts";
import type { AttemptContext } from "./context.ts";
import type { Session } from "./driver/session.ts";
import type { AttemptEgress } from "./egress.ts";
import { Film } from "./film.ts";
import type { FrameSource } from "./frame-source.ts";
import type { Mask } from "./masking.ts";
import { NavigationMetrics } from "./metrics/navigation-metrics.ts";
import { harOf } from "./network/har.ts";
import { RequestLog } from "./network/request-log.ts";
import type { Outbox } from "./outbox.ts";
import type { ArtifactBytes, EvidencePlan } from "./protocol.ts";
import { Replay } from "./replay/replay.ts";
import type { Tab } from "./tab.ts";

/** What may pass until the recordings are ready, whatever hangs. */
const finishMsMax = 5_000;
const bodiesMsMax = 500;

type Policy = EvidencePlan["replay"];

/** What is recorded of an attempt besides its events and pictures, and what of it is kept when it ends. */
export class Recordings {
  readonly #plan: EvidencePlan;
  readonly #outbox: Outbox;
  readonly #mask: Mask;
  readonly #replay: Replay | null;
  readonly #requests: RequestLog | null;
  readonly #metrics: NavigationMetrics | null;
  readonly #tabs: Tab[] = [];
  #film: Film | null = null;
  /** As the browser names itself, for the HAR. */
  browser = "";

  constructor(plan: EvidencePlan, outbox: Outbox, mask: Mask, egress: AttemptEgress | null = null) {
    this.#plan = plan;
    this.#outbox = outbox;
    this.#mask = mask;
    this.#replay = isRecorded(plan.replay) ? new Replay(outbox, mask) : null;
    this.#requests = isRecorded(plan.network)
      ? new RequestLog(mask, (url, error) => egress?.reasonOf(url, error) ?? null)
      : null;
    this.#metrics = plan.metrics ? new NavigationMetrics(outbox) : null;
  }

  /** Whether anything is recorded at all. */
  get isOn(): boolean {
    return this.#requests !== null || this.#replay !== null;
  }

  /** Whether the browser has to hold bodies until they are fetched. */
  get fetchesBodies(): boolean {
    return this.isOn;
  }

  /** Begins with a session of a tab; the commands that make it so are returned. Before `Runtime.enable`. */
  attach(session: Session, tab: Tab): Promise<unknown>[] {
    if (!this.#tabs.includes(tab)) this.#tabs.push(tab);
    this.#requests?.listen(session, this.#tabs.indexOf(tab));
    return [...(this.#metrics?.attach(session, tab) ?? []), ...(this.#replay?.attach(session, tab) ?? [])];
  }

  /** A rule of the test decided what became of a request. */
  ruled(session: Session, requestId: string | undefined, ruling: Ruling): void {
    if (requestId !== undefined) this.#requests?.ruled(session, requestId, ruling);
  }

  /** Begins to film, where that is wanted; to be awaited before the first step. Never throws. */
  async film(context: AttemptContext, source: FrameSource): Promise<void> {
    if (!isRecorded(this.#plan.video)) return;
    this.#film = new Film(context, source);
    await this.#film.start();
  }

  /** To be awaited before a step acts; what is returned is to be called after it. */
  async guard(step: Step): Promise<() => void> {
    if (this.#replay === null || !this.#holdsSecret(step)) return () => undefined;
    return this.#replay.guard();
  }

  /** Hands over what is to be kept. Never throws; bounded. */
  async finish(hasPassed: boolean): Promise<void> {
    this.#metrics?.finish();
    const made = Promise.all([
      this.#finishReplay(hasPassed),
      this.#finishRequests(hasPassed),
      this.#finishFilm(hasPassed),
    ]);
    const files = await within(
      finishMsMax,
      made.then((lists) => lists.flat()),
    ).catch(() => null);
    for (const file of files ?? []) this.#hand(file);
  }

  /** The attempt was stopped: nothing of it is waited for. */
  drop(): void {
    this.#replay?.finish(false).catch(() => undefined);
    this.#film?.finish(false).catch(() => undefined);
  }

  async #finishReplay(hasPassed: boolean): Promise<ArtifactBytes[]> {
    const bytes = (await this.#replay?.finish(isKept(this.#plan.replay, hasPassed))) ?? null;
    return fileOf("replay", "replay.jsonl.gz", "application/gzip", bytes);
  }

  async #finishRequests(hasPassed: boolean): Promise<ArtifactBytes[]> {
    const requests = this.#requests;
    if (requests === null || !isKept(this.#plan.network, hasPassed)) return [];
    await within(bodiesMsMax, requests.settled());
    const { exchanges, dropped } = requests;
    if (exchanges.length === 0) return [];
    // The list is what pages show; bodies are in the HAR.
    const list = exchanges.map(({ requestBody, responseBody, ...exchange }) => ({
      ...exchange,
      hasBody: requestBody !== null || responseBody !== null,
    }));
    return [
      ...fileOf("network", "network.json", "application/json", bytesOf({ v: 1, dropped, exchanges: list })),
      ...fileOf("har", "network.har", "application/json", bytesOf(harOf(exchanges, this.browser))),
    ];
  }

  async #finishFilm(hasPassed: boolean): Promise<ArtifactBytes[]> {
    const bytes = (await this.#film?.finish(isKept(this.#plan.video, hasPassed))) ?? null;
    return fileOf("frames", "film.frames", "application/octet-stream", bytes);
  }

  #hand(artifact: ArtifactBytes): void {
    const { id, kind, name } = artifact;
    if (!this.#outbox.artifact(artifact)) return;
    const startedAt = kind === "frames" ? this.#film?.startedAt : null;
    const from = startedAt ? { from: startedAt } : {};
    this.#outbox.emit({ type: "artifact", artifactId: id, kind, name, ...from });
  }

  #holdsSecret(step: Step): boolean {
    return JSON.stringify(this.#mask.all(step)) !== JSON.stringify(step);
  }
}

function isRecorded(policy: Policy): boolean {
  return policy === "on" || policy === "on-failure";
}

function isKept(policy: Policy, hasPassed: boolean): boolean {
  return policy === "on" || (policy === "on-failure" && !hasPassed);
}

function bytesOf(value: unknown): Uint8Array {
  // A copy of its own: these bytes are handed to another thread.
  return new Uint8Array(Buffer.from(JSON.stringify(value), "utf8"));
}

function fileOf(
  kind: ArtifactKind,
  name: string,
  contentType: string,
  bytes: Uint8Array | null,
): ArtifactBytes[] {
  if (bytes === null || bytes.byteLength > limits.artifactBytesMax) return [];
  return [{ id: newId(), kind, name, contentType, step: null, width: null, height: null, bytes }];
}

/** What a promise becomes within a bound; null after it. */
async function within<T>(boundMs: number, awaited: Promise<T>): Promise<T | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), boundMs);
  try {
    return await Promise.race([awaited, promise]);
  } finally {
    clearTimeout(timer);
  }
}
