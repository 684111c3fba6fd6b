import type { BidiConnection } from "./connection.ts";

/**
 * The windows of a Firefox, each with a blank tab of its own that keeps it open. Every page gets one of them to itself: what is
 * not in front is not drawn, and its timers are slowed down. To make a window takes Firefox longer than an attempt, so those
 * that are free again are kept.
 */
export class Windows {
  readonly #connection: BidiConnection;
  /** The blank tabs of windows that nobody has. */
  readonly #free: string[] = [];

  constructor(connection: BidiConnection) {
    this.#connection = connection;
  }

  /** @returns the blank tab of a window that nobody else has, to be given back */
  async take(): Promise<string> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const { context } = await this.#connection.send("browsingContext.create", { type: "window" });
    return context;
  }

  giveBack(window: string): void {
    this.#free.push(window);
  }

  /** The window is gone, by itself or because somebody has closed it. */
  gone(window: string): void {
    const place = this.#free.indexOf(window);
    if (place >= 0) this.#free.splice(place, 1);
  }
}
