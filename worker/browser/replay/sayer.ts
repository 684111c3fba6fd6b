import { bindingName, type Recorded, type RecorderEnd, recorderLimits } from "./contract.ts";

/** Sends what a recorder has to say, in calls of a bounded size. */
export class Sayer {
  readonly #call = (globalThis as unknown as Record<string, ((text: string) => void) | undefined>)[
    bindingName
  ];
  readonly document = crypto.getRandomValues(new Uint32Array(2)).join("-");
  #waiting: string[] = [];
  #waitingChars = 0;
  #spentChars = 0;
  #part = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #isOver = false;

  get isOver(): boolean {
    return this.#isOver;
  }

  /** @returns false when the document has said too much */
  say(event: unknown): boolean {
    if (this.#isOver) return true;
    const text = JSON.stringify(event);
    this.#spentChars += text.length;
    if (text.length > recorderLimits.eventCharsMax) return false;
    if (this.#spentChars > recorderLimits.documentCharsMax) return false;
    this.#waiting.push(text);
    this.#waitingChars += text.length;
    if (this.#waitingChars > recorderLimits.callCharsMax) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), recorderLimits.flushMs);
    return true;
  }

  end(reason: RecorderEnd | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.flush(reason);
  }

  flush(ended: RecorderEnd | null = null): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#waiting.length === 0 && ended === null) return;
    const head: Omit<Recorded, "events"> = {
      document: this.document,
      part: this.#part++,
      isTop: window.parent === window,
      ...(ended === null ? {} : { ended }),
    };
    // The events are JSON already.
    const text = `${JSON.stringify(head).slice(0, -1)},"events":[${this.#waiting.join()}]}`;
    this.#waiting = [];
    this.#waitingChars = 0;
    this.#call?.(text);
  }
}
