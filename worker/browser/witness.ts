import type { Deadline } from "./deadline.ts";
import type { Session } from "./driver/session.ts";

const responsesMax = 1_000;
const linesMax = 200;
const bodyBytesMax = 1_000_000;
const bodiesBytesMax = 8_000_000;
/** Requests under way that are remembered, per session. */
const requestsMax = 2_000;
/** A request for which nothing more is awaited: it counts for nothing when the page is asked whether it is idle. */
const endless = new Set(["EventSource", "WebSocket", "Ping", "CSPViolationReport"]);

export type SeenRequest = { method: string; url: string; isEndless: boolean };

export type SeenResponse = {
  /** When it came, on the clock of `performance.now()`. */
  at: number;
  method: string;
  url: string;
  status: number;
  /** Undefined while it is still on its way; null when it was not kept. */
  body: string | null | undefined;
};

export type SeenDialog = { at: number; kind: string; message: string };

/**
 * What the pages of an attempt have gone through, for the steps that ask about it: answers, requests under way, errors. All of
 * it is bounded; what is old goes first.
 */
export class Witness {
  /** Whether the texts of answers are kept: only a test that asks for them pays for them. */
  readonly keepsBodies: boolean;
  readonly responses: SeenResponse[] = [];
  readonly consoleErrors: string[] = [];
  readonly pageErrors: string[] = [];
  readonly dialogs: SeenDialog[] = [];
  /** When the last step that acts began: what came since then may be its doing. */
  actedAt = 0;
  #bodiesBytes = 0;
  #busyAt = performance.now();
  readonly #underway = new Map<Session, Map<string, SeenRequest>>();
  readonly #waiting = new Set<() => void>();

  constructor(keepsBodies: boolean) {
    this.keepsBodies = keepsBodies;
  }

  requestOf(session: Session, requestId: string): SeenRequest | undefined {
    return this.#underway.get(session)?.get(requestId);
  }

  sent(session: Session, requestId: string, method: string, url: string, type: string | undefined): void {
    const requests = this.#underway.get(session) ?? new Map<string, SeenRequest>();
    this.#underway.set(session, requests);
    if (requests.size >= requestsMax) {
      const oldest = requests.keys().next();
      if (!oldest.done) requests.delete(oldest.value);
    }
    requests.set(requestId, { method, url, isEndless: endless.has(type ?? "") });
    this.#busyAt = performance.now();
    this.#wake();
  }

  /** The request is over, whatever became of it. */
  ended(session: Session, requestId: string): void {
    if (!this.#underway.get(session)?.delete(requestId)) return;
    this.#busyAt = performance.now();
    this.#wake();
  }

  answered(request: SeenRequest, status: number, isComplete: boolean): SeenResponse {
    const { method, url } = request;
    const body = this.keepsBodies && !isComplete ? undefined : null;
    const response: SeenResponse = { at: performance.now(), method, url, status, body };
    if (this.responses.length >= responsesMax) this.#forget(this.responses.shift());
    this.responses.push(response);
    this.#wake();
    return response;
  }

  /** The text of an answer, null when it could not be had. */
  gotBody(response: SeenResponse, body: string | null): void {
    const bytes = body?.length ?? 0;
    response.body = bytes > bodyBytesMax ? null : body;
    if (response.body !== null) this.#bodiesBytes += bytes;
    for (const old of this.responses) {
      if (this.#bodiesBytes <= bodiesBytesMax) break;
      if (old !== response && typeof old.body === "string") {
        this.#forget(old);
        old.body = null;
      }
    }
    this.#wake();
  }

  consoleError(text: string): void {
    if (this.consoleErrors.length < linesMax) this.consoleErrors.push(text);
    this.#wake();
  }

  pageError(text: string): void {
    if (this.pageErrors.length < linesMax) this.pageErrors.push(text);
    this.#wake();
  }

  dialog(kind: string, message: string): void {
    if (this.dialogs.length >= linesMax) this.dialogs.shift();
    this.dialogs.push({ at: performance.now(), kind, message });
    this.#wake();
  }

  /** Something else that a step may be waiting for has happened. */
  changed(): void {
    this.#wake();
  }

  /** The requests that are under way; those of closed tabs are not. */
  underway(): SeenRequest[] {
    const all: SeenRequest[] = [];
    for (const [session, requests] of this.#underway) {
      if (session.detached) this.#underway.delete(session);
      else all.push(...[...requests.values()].filter(({ isEndless }) => !isEndless));
    }
    return all;
  }

  /** How long there has been no more than so many requests under way, in milliseconds; 0 while there are more. */
  quietMs(requestsAllowed: number): number {
    return this.underway().length > requestsAllowed ? 0 : performance.now() - this.#busyAt;
  }

  /**
   * Waits until `look` gives something, asked again whenever anything happens and at least every 50 ms.
   * @returns null when it gives nothing until the deadline
   */
  async until<T>(look: () => T | null, deadline: Deadline): Promise<T | null> {
    for (;;) {
      const isLast = deadline.isOver;
      const found = look();
      if (found !== null || isLast) return found;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await Promise.race([deadline.sleep(50), promise]);
      this.#waiting.delete(resolve);
    }
  }

  #forget(response: SeenResponse | undefined): void {
    if (typeof response?.body === "string") this.#bodiesBytes -= response.body.length;
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
