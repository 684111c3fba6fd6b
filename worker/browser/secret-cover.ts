import { worldName } from "./documents.ts";
import type { Session } from "./driver/session.ts";
import type { Tab } from "./tab.ts";

const covers = "globalThis.__verdictCovers";
const turnMsMax = 2_000;

/**
 * Fields that were given a secret are drawn as black boxes while somebody watches: by the page itself, so that no picture
 * that leaves the browser ever shows them, wherever they move. The page engine remembers which fields those are.
 */
export class SecretCover {
  readonly #sessions = new Map<Session, string | null>();
  #isOn = false;

  /** What a new session needs, as long as somebody watches. */
  attach(session: Session): Promise<unknown>[] {
    this.#sessions.set(session, null);
    return this.#isOn ? [this.#install(session)] : [];
  }

  /** @throws when a page does not answer in time: then it must not be watched. */
  async turn(isOn: boolean, tabs: readonly Tab[]): Promise<void> {
    this.#isOn = isOn;
    const sessions = [...this.#sessions.keys()].filter((session) => {
      if (session.detached) this.#sessions.delete(session);
      return !session.detached;
    });
    const installed = sessions.map((session) => (isOn ? this.#install(session) : this.#remove(session)));
    await bounded(Promise.all(installed));
    const expression = `${covers} = ${isOn}, globalThis.__verdict?.secrets.cover(${isOn})`;
    const said = tabs
      .filter((tab) => !tab.isClosed)
      .flatMap((tab) => tab.documents.evaluateEverywhere(expression, "engine"));
    await bounded(Promise.all(said));
  }

  /**
   * Resolves when what the tab shows has been drawn anew: the browser's first picture may be of what was drawn before. @throws
   * when that does not happen in time
   */
  async drawn(tab: Tab): Promise<void> {
    const expression =
      "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())))";
    await bounded(Promise.all(tab.documents.evaluateEverywhere(expression, "engine", tab.mainFrameId)));
  }

  /** Where keys go now gets a secret. */
  async markFocused(tab: Tab): Promise<void> {
    const expression = "globalThis.__verdict?.secrets.addFocused()";
    await bounded(Promise.all(tab.documents.evaluateEverywhere(expression, "engine")));
  }

  async #install(session: Session): Promise<void> {
    if (this.#sessions.get(session)) return;
    const { identifier } = await session.send("Page.addScriptToEvaluateOnNewDocument", {
      source: `${covers} = true`,
      worldName,
    });
    this.#sessions.set(session, identifier);
  }

  async #remove(session: Session): Promise<void> {
    const identifier = this.#sessions.get(session);
    this.#sessions.set(session, null);
    if (!identifier) return;
    await session.send("Page.removeScriptToEvaluateOnNewDocument", { identifier }).catch(() => undefined);
  }
}

async function bounded(work: Promise<unknown>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("the page did not answer")), turnMsMax);
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
