import type { Protocol } from "puppeteer";
import { bind } from "./bindings.ts";
import type { FirefoxSession } from "./session.ts";

type Drag = { items: { type: string; data: string }[] };

/** Ours: the page says that an element would be dragged now, and what it would carry. */
export const dragBinding = "__verdictDrags";

/** In a world of ours: takes a drag from the browser when it begins, and plays it on when told to. */
const taking = `(say) => {
  let source = null;
  addEventListener("dragstart", (event) => {
    if (!globalThis.__verdictTakesDrags || event.defaultPrevented || !event.dataTransfer) return;
    source = event.target;
    const items = [...event.dataTransfer.types].map((type) => ({ type, data: event.dataTransfer.getData(type) }));
    event.preventDefault();
    say(JSON.stringify({ items }));
  });
  let over = null;
  globalThis.__verdictDrag = (type, x, y, items) => {
    const dataTransfer = new DataTransfer();
    for (const { type: kind, data } of items) dataTransfer.setData(kind, data);
    const tell = (element, name) => element.dispatchEvent(new DragEvent(name, {
      bubbles: true, cancelable: name !== "dragend" && name !== "dragleave", composed: true, clientX: x, clientY: y, dataTransfer,
    }));
    const element = document.elementFromPoint(x, y) ?? document.documentElement;
    if (over && over !== element) tell(over, "dragleave");
    if (type === "drop") {
      // Nothing is dropped on what has not agreed to it.
      if (over === element && globalThis.__verdictDropAgreed) tell(element, "drop");
      if (source) tell(source, "dragend");
      source = over = null;
      return;
    }
    over = element;
    const isRefused = tell(element, type);
    if (type === "dragover") globalThis.__verdictDropAgreed = !isRefused;
  };
}`;

const names = {
  dragEnter: "dragenter",
  dragOver: "dragover",
  drop: "drop",
  dragCancel: "dragleave",
} as const;
const sandbox = "verdict-drags";

/**
 * Drags of the browser's own (HTML drag and drop). Firefox begins them for our mouse and never drops: so the page is kept from
 * beginning one, and is told the rest as events.
 */
export class Drags {
  readonly #session: FirefoxSession;
  #isInstalled = false;

  constructor(session: FirefoxSession) {
    this.#session = session;
  }

  async intercept(enabled: boolean): Promise<void> {
    if (!this.#isInstalled) {
      await bind(this.#session, dragBinding, taking, sandbox);
      this.#isInstalled = true;
    }
    await this.#run(`globalThis.__verdictTakesDrags = ${enabled}`);
  }

  began(payload: string): void {
    const { items } = JSON.parse(payload) as Drag;
    const told = items.map(({ type, data }) => ({ mimeType: type, data }));
    this.#session.emit("Input.dragIntercepted", { data: { items: told, dragOperationsMask: 1 } });
  }

  async play({ type, x, y, data }: Protocol.Input.DispatchDragEventRequest): Promise<void> {
    const items = data.items.map((item) => ({ type: item.mimeType, data: item.data }));
    const given = [names[type], Math.round(x), Math.round(y), items].map((value) => JSON.stringify(value));
    await this.#run(`globalThis.__verdictDrag?.(${given.join(", ")})`);
  }

  async #run(expression: string): Promise<void> {
    const { connection, page } = this.#session;
    await connection.send("script.evaluate", {
      expression,
      target: { context: page.id, sandbox },
      awaitPromise: false,
    });
  }
}
