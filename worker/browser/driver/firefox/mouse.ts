import type { Input } from "webdriver-bidi-protocol";
import { frameAt, insideOf } from "./frame-at.ts";
import type { FirefoxPage } from "./page.ts";

const buttons: Record<string, number> = { left: 0, middle: 1, right: 2, back: 3, forward: 4 };

/** The mouse of one page. What is asked of it in one breath is carried out in one: two clicks are a double click then. */
export class FirefoxMouse {
  readonly #page: FirefoxPage;
  /** Where it is; not known before it was moved. */
  #at: { x: number; y: number } | null = null;
  #waiting: Input.PointerSourceAction[] = [];
  #sent: Promise<void> | null = null;

  constructor(page: FirefoxPage) {
    this.#page = page;
  }

  move(x: number, y: number): Promise<void> {
    return this.#act({ type: "pointerMove", ...this.#to(x, y), duration: 0 });
  }

  press(x: number, y: number, button: string): Promise<void> {
    return this.#there(x, y, { type: "pointerDown", button: buttons[button] ?? 0 });
  }

  release(x: number, y: number, button: string): Promise<void> {
    return this.#there(x, y, { type: "pointerUp", button: buttons[button] ?? 0 });
  }

  async scroll(x: number, y: number, deltaX: number, deltaY: number): Promise<void> {
    const at = { x: Math.round(x), y: Math.round(y) };
    const by = { deltaX: Math.round(deltaX), deltaY: Math.round(deltaY) };
    const frame = await frameAt(this.#page, at);
    await this.#page.context.browser.connection.send("input.performActions", {
      context: frame.id,
      actions: [{ type: "wheel", id: "wheel", actions: [{ type: "scroll", ...insideOf(frame, at), ...by }] }],
    });
  }

  #there(x: number, y: number, action: Input.PointerSourceAction): Promise<void> {
    const before = this.#at;
    const to = this.#to(x, y);
    if (before?.x !== to.x || before.y !== to.y)
      this.#waiting.push({ type: "pointerMove", ...to, duration: 0 });
    return this.#act(action);
  }

  #to(x: number, y: number): { x: number; y: number } {
    this.#at = { x: Math.round(x), y: Math.round(y) };
    return this.#at;
  }

  #act(action: Input.PointerSourceAction): Promise<void> {
    this.#waiting.push(action);
    this.#sent ??= Promise.resolve().then(() => this.#send());
    return this.#sent;
  }

  async #send(): Promise<void> {
    const actions = this.#waiting;
    const frame = await frameAt(this.#page, this.#at ?? { x: 0, y: 0 });
    const inFrame = actions.map((action) =>
      action.type === "pointerMove" ? { ...action, ...insideOf(frame, action) } : action,
    );
    this.#waiting = [];
    this.#sent = null;
    await this.#page.context.browser.connection.send("input.performActions", {
      context: frame.id,
      actions: [{ type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions: inFrame }],
    });
  }
}
