import type { InputEvent } from "../../db/domain/live-view.ts";
import type { AttemptContext } from "./context.ts";
import type { Tab } from "./tab.ts";

const buttonBits = { left: 1, right: 2, middle: 4 } as const;

/** Mouse and keyboard of a person who has taken them from the steps. */
export class PersonInput {
  readonly #context: AttemptContext;
  #buttons = 0;
  readonly #keys = new Set<string>();

  constructor(context: AttemptContext) {
    this.#context = context;
  }

  /** In order. What the page or the browser does not take is left out: a person sees it and does it again. */
  async perform(events: readonly InputEvent[]): Promise<void> {
    const tab = this.#context.openTab;
    if (!tab) return;
    for (const event of events) await this.#one(tab, event).catch(() => undefined);
  }

  /** Lets go of everything that is still held: the steps go on. */
  async letGo(): Promise<void> {
    const tab = this.#context.openTab;
    const { pointer } = this.#context;
    const keys = [...this.#keys];
    this.#keys.clear();
    const held = this.#buttons;
    this.#buttons = 0;
    if (!tab) return;
    for (const key of keys) await tab.page.keyboard.up(key).catch(() => undefined);
    for (const [button, bit] of Object.entries(buttonBits)) {
      if ((held & bit) === 0 || !pointer) continue;
      await this.#mouse(tab, {
        type: "mouseReleased",
        ...pointer,
        button: button as "left",
        clickCount: 1,
      }).catch(() => undefined);
    }
  }

  async #one(tab: Tab, event: InputEvent): Promise<void> {
    switch (event.type) {
      case "move":
        return this.#mouse(tab, { type: "mouseMoved", x: event.x, y: event.y, button: "none" });
      case "down":
        this.#buttons |= buttonBits[event.button];
        return this.#press(tab, "mousePressed", event);
      case "up":
        this.#buttons &= ~buttonBits[event.button];
        return this.#press(tab, "mouseReleased", event);
      case "wheel": {
        const { x, y, deltaX, deltaY } = event;
        return this.#mouse(tab, { type: "mouseWheel", x, y, deltaX, deltaY, button: "none" });
      }
      case "keyDown":
        return this.#key(tab, event.key, true);
      case "keyUp":
        return this.#key(tab, event.key, false);
      case "text":
        return tab.session.send("Input.insertText", { text: event.text });
    }
  }

  async #press(
    tab: Tab,
    type: "mousePressed" | "mouseReleased",
    { x, y, button, clicks }: Extract<InputEvent, { type: "down" | "up" }>,
  ): Promise<void> {
    await this.#mouse(tab, { type, x, y, button, clickCount: clicks });
  }

  async #mouse(
    tab: Tab,
    event: {
      type: "mousePressed" | "mouseReleased" | "mouseMoved" | "mouseWheel";
      x: number;
      y: number;
      button: "left" | "right" | "middle" | "none";
      clickCount?: number;
      deltaX?: number;
      deltaY?: number;
    },
  ): Promise<void> {
    this.#context.pointer = { x: event.x, y: event.y };
    await tab.session.send("Input.dispatchMouseEvent", { ...event, buttons: this.#buttons });
  }

  /** Puppeteer knows the keys of a keyboard by their names; any other character is put in as it is. */
  async #key(tab: Tab, key: string, isDown: boolean): Promise<void> {
    try {
      if (isDown) await tab.page.keyboard.down(key);
      else await tab.page.keyboard.up(key);
      if (isDown) this.#keys.add(key);
      else this.#keys.delete(key);
    } catch (error) {
      if (isDown && [...key].length === 1) await tab.session.send("Input.insertText", { text: key });
      else throw error;
    }
  }
}
