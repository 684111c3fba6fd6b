import { z } from "zod";
import type { Deadline } from "./deadline.ts";
import type { Session } from "./driver/session.ts";
import { evaluateIn } from "./evaluate.ts";
import { type SocketRule, seenExpression, socketScript } from "./socket-script.ts";
import type { Tab } from "./tab.ts";

/** Each is read by every open document. */
const rulesMax = 50;
const answerCharsMax = 5_000_000;
/** What a page was asked for is older by so much when it answers late. */
const answerMsMax = 10_000;

/** Said by a page, which may say anything. */
const answerSchema = z.object({
  open: z.array(z.string()).max(10_000),
  messages: z
    .array(
      z.object({
        url: z.string(),
        direction: z.enum(["received", "sent"]),
        text: z.string().nullable(),
        bytes: z.number(),
        ageMs: z.number(),
      }),
    )
    .max(1_000),
});

/** `at`: not before it came or went, on the clock of `performance.now()`. */
export type SeenMessage = Omit<z.output<typeof answerSchema>["messages"][number], "ageMs"> & { at: number };
export type SeenSockets = { open: string[]; messages: SeenMessage[] };

/**
 * The WebSockets of an attempt's pages, watched in the pages themselves: in the same way in every browser, and only where a test asks
 * about them. What a document has seen goes with it.
 */
export class Sockets {
  #isWatching: boolean;
  #rules: SocketRule[] = [];
  readonly #scripts = new Map<Session, string | null>();

  constructor(isWatching: boolean) {
    this.#isWatching = isWatching;
  }

  /** The commands that a new session needs; none where nobody asks. */
  attach(session: Session): Promise<unknown>[] {
    this.#scripts.set(session, null);
    return this.#isWatching ? [this.#put(session, true)] : [];
  }

  /** Watches from now on, if it does not yet: a step that is tried on a paused page was not in the plan. */
  async begin(tabs: readonly Tab[]): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    await this.#everywhere(tabs);
  }

  /** Sockets that are opened from now on are answered by the rule, if it is about them. */
  async mock({ url, greet, answers, refuse }: SocketRule, tabs: readonly Tab[]): Promise<void> {
    this.#isWatching = true;
    this.#rules = [...this.#rules, { url, greet, answers, refuse }].slice(-rulesMax);
    await this.#everywhere(tabs);
  }

  /** What the documents of a tab have seen, the messages since then only, the oldest of each frame first. */
  async seen(tab: Tab, since: number, deadline: Deadline): Promise<SeenSockets> {
    const all: SeenSockets = { open: [], messages: [] };
    const ageMsMax = performance.now() - since + answerMsMax;
    for (const realm of tab.documents.present("page")) {
      const evaluated = await evaluateIn(realm, seenExpression(ageMsMax), deadline);
      const answer = evaluated.gone ? null : answerOf(evaluated.result.value);
      if (answer === null) continue;
      const now = performance.now();
      all.open.push(...answer.open);
      all.messages.push(
        ...answer.messages
          .map(({ ageMs, ...message }) => ({ ...message, at: now - ageMs }))
          .filter(({ at }) => at >= since),
      );
    }
    return all;
  }

  async #everywhere(tabs: readonly Tab[]): Promise<void> {
    for (const session of this.#scripts.keys()) if (session.detached) this.#scripts.delete(session);
    await Promise.all([...this.#scripts.keys()].map((session) => this.#put(session, false)));
    const source = socketScript(this.#rules);
    await Promise.all(tabs.flatMap((tab) => tab.documents.evaluateEverywhere(source)));
  }

  async #put(session: Session, runImmediately: boolean): Promise<void> {
    const before = this.#scripts.get(session);
    const { identifier } = await session.send("Page.addScriptToEvaluateOnNewDocument", {
      source: socketScript(this.#rules),
      runImmediately,
    });
    if (before) {
      await session.send("Page.removeScriptToEvaluateOnNewDocument", { identifier: before });
    }
    this.#scripts.set(session, identifier);
  }
}

function answerOf(value: unknown): z.output<typeof answerSchema> | null {
  if (typeof value !== "string" || value.length > answerCharsMax) return null;
  try {
    return answerSchema.parse(JSON.parse(value));
  } catch {
    // Not our script has answered.
    return null;
  }
}
