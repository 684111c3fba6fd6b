import type { BrowsingContext, Event } from "webdriver-bidi-protocol";
import type { DriverPage } from "../driver.ts";
import type { Session } from "../session.ts";
import { isAnswer } from "./connection.ts";
import type { FirefoxContext } from "./context.ts";
import { FirefoxKeyboard } from "./keyboard.ts";
import { FirefoxMouse } from "./mouse.ts";
import { FirefoxSession } from "./session.ts";

/** A frame: the browsing context around it is null for the page itself. */
export type Frame = { parent: string | null; url: string };

/** A tab or window of Firefox, with the frames in it. */
export class FirefoxPage implements DriverPage {
  readonly context: FirefoxContext;
  readonly id: string;
  readonly frames = new Map<string, Frame>();
  readonly keyboard: FirefoxKeyboard;
  readonly mouse: FirefoxMouse;
  viewport = { width: 0, height: 0 };
  readonly #sessions = new Set<FirefoxSession>();
  readonly #closeListeners = new Set<() => void>();
  #isClosed = false;

  constructor(context: FirefoxContext, id: string) {
    this.context = context;
    this.id = id;
    this.keyboard = new FirefoxKeyboard(this);
    this.mouse = new FirefoxMouse(this);
    context.browser.connection.onClosed(() => this.#close());
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  url(): string {
    return this.frames.get(this.id)?.url ?? "about:blank";
  }

  async openSession(): Promise<Session> {
    const session = new FirefoxSession(this);
    this.#sessions.add(session);
    return session;
  }

  onClose(listener: () => void): void {
    this.#closeListeners.add(listener);
  }

  async close(): Promise<void> {
    await this.context.browser.connection.send("browsingContext.close", {
      context: this.id,
      promptUnload: false,
    });
  }

  async travel(by: 1 | -1): Promise<boolean> {
    try {
      const where = { context: this.id, delta: by };
      await this.context.browser.connection.send("browsingContext.traverseHistory", where);
      return true;
    } catch (error) {
      if (isAnswer(error, "no such history entry")) return false;
      throw error;
    }
  }

  frameAppeared({ context, parent, url }: BrowsingContext.Info): void {
    this.frames.set(context, { parent: parent ?? null, url });
  }

  hear(event: Event): void {
    if (event.method === "browsingContext.contextDestroyed") {
      this.frames.delete(event.params.context);
      if (event.params.context === this.id) this.#close();
      return;
    }
    if (event.method === "browsingContext.navigationStarted" && event.params.context === this.id) {
      this.context.heads(event.params.url);
    }
    if ("url" in event.params && isMove(event.method)) {
      const frame = this.frames.get(event.params.context);
      if (frame) frame.url = event.params.url;
    }
    for (const session of this.#sessions) session.hear(event);
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const session of this.#sessions) session.end();
    for (const listener of this.#closeListeners) listener();
  }
}

function isMove(method: Event["method"]): boolean {
  return (
    method === "browsingContext.navigationCommitted" ||
    method === "browsingContext.fragmentNavigated" ||
    method === "browsingContext.historyUpdated"
  );
}
