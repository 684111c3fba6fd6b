import type { FirefoxSession } from "./session.ts";

const pauseMs = 150;
const unansweredMax = 2;

/** Firefox has no screencast: pictures are taken one after the other instead, as long as they are taken up. */
export class Screencast {
  readonly #session: FirefoxSession;
  #quality = 0.6;
  #timer: NodeJS.Timeout | null = null;
  #unanswered = 0;
  #number = 0;
  #last = "";

  constructor(session: FirefoxSession) {
    this.#session = session;
  }

  start(quality: number | undefined): void {
    this.stop();
    this.#quality = (quality ?? 60) / 100;
    this.#unanswered = 0;
    this.#last = "";
    this.#next();
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  answered(): void {
    this.#unanswered = Math.max(0, this.#unanswered - 1);
  }

  #next(): void {
    const timer = setTimeout(() => {
      this.#take()
        .catch(() => undefined)
        .finally(() => {
          // Stopped, or begun anew, meanwhile.
          if (this.#timer === timer) this.#next();
        });
    }, pauseMs);
    timer.unref();
    this.#timer = timer;
  }

  async #take(): Promise<void> {
    if (this.#unanswered >= unansweredMax) return;
    const { connection, page } = this.#session;
    const { data } = await connection.send("browsingContext.captureScreenshot", {
      context: page.id,
      format: { type: "image/jpeg", quality: this.#quality },
    });
    if (data === this.#last || this.#timer === null) return;
    this.#last = data;
    this.#unanswered++;
    const { width, height } = page.viewport;
    this.#session.emit("Page.screencastFrame", {
      data,
      sessionId: ++this.#number,
      metadata: {
        offsetTop: 0,
        pageScaleFactor: 1,
        deviceWidth: width,
        deviceHeight: height,
        scrollOffsetX: 0,
        scrollOffsetY: 0,
      },
    });
  }
}
