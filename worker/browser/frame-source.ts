import type { Protocol } from "puppeteer";
import type { AttemptContext } from "./context.ts";
import type { Session } from "./driver/session.ts";
import type { Tab } from "./tab.ts";

export type Frame = Protocol.Page.ScreencastFrameEvent;
export type Viewer = (frame: Frame) => void;

const jpegQuality = 60;
/** How often it is looked whether steps have gone on to another tab. */
const followMs = 500;
/** After the browser may have left pictures out: when nothing more comes for so long, the newest is asked for. */
const quietMs = 300;

/**
 * The pictures of an attempt's page as the browser makes them: one screencast, however many look. The browser makes a new one
 * when an older one was acknowledged, which is when the faster of those who look has dealt with it; nothing queues.
 */
export class FrameSource {
  readonly #context: AttemptContext;
  /** Who looks, and how wide pictures must be for them. */
  readonly #viewers = new Map<Viewer, number>();
  #tab: Tab | null = null;
  /** Pictures that the browser waits for us to be done with. */
  #open: Frame[] = [];
  #mayHaveMissed = false;
  #quiet: NodeJS.Timeout | null = null;
  #follower: NodeJS.Timeout | null = null;
  #work: Promise<void> = Promise.resolve();
  /** Changes that are underway; a page that hangs must not gather more of them. */
  #changes = 0;
  #isClosed = false;

  constructor(context: AttemptContext) {
    this.#context = context;
  }

  get #width(): number {
    return Math.max(0, ...this.#viewers.values());
  }

  /**
   * Somebody looks, from now on with pictures of this width; 0: no more. Resolves when the browser has been told, or could not
   * be: then it is tried again. Never rejects.
   */
  look(viewer: Viewer, width: number): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    const before = this.#width;
    if (width > 0) this.#viewers.set(viewer, width);
    else this.#viewers.delete(viewer);
    const isOn = this.#width > 0;
    if (!isOn && this.#follower) {
      clearInterval(this.#follower);
      this.#follower = null;
    }
    if (isOn) this.#follower ??= setInterval(() => this.follow(), followMs);
    // The size is the browser's to keep: with another one it begins anew.
    const isOther = this.#width !== before;
    return this.#change(async () => {
      if (this.#isClosed) return;
      if (isOther) {
        await this.#stop();
        await this.#cover(isOn);
      }
      await this.#start();
    });
  }

  /** Steps may have gone on to another tab. */
  follow(): void {
    if (this.#width === 0 || this.#changes > 0) return;
    const tab = this.#context.openTab;
    if (tab === this.#tab && !this.#tab?.isClosed) return;
    this.#change(async () => {
      if (this.#tab === this.#context.openTab) return;
      await this.#stop();
      await this.#start();
    });
  }

  /** What came until now has been dealt with: the browser may make more. */
  release(): void {
    const session = this.#tab?.session;
    for (const { sessionId } of this.#open.splice(0)) if (session) acknowledge(session, sessionId);
    if (!this.#mayHaveMissed || this.#quiet) return;
    this.#quiet = setTimeout(() => {
      this.#quiet = null;
      this.#mayHaveMissed = false;
      this.#change(async () => {
        await this.#stop();
        await this.#start();
      });
    }, quietMs);
  }

  /** Ends it; the page is about to be closed. */
  close(): void {
    this.#isClosed = true;
    this.#viewers.clear();
    if (this.#quiet) clearTimeout(this.#quiet);
    if (this.#follower) clearInterval(this.#follower);
    this.#forget();
  }

  /** One after the other; a page that went away meanwhile is found again by the follower. */
  #change(work: () => Promise<void>): Promise<void> {
    this.#changes++;
    this.#work = this.#work
      .then(work)
      .catch(() => undefined)
      .finally(() => {
        this.#changes--;
      });
    return this.#work;
  }

  async #cover(isOn: boolean): Promise<void> {
    await this.#context.cover.turn(isOn, this.#context.openTabs);
  }

  async #start(): Promise<void> {
    const tab = this.#context.openTab;
    if (this.#width === 0 || this.#tab !== null || tab === null || this.#isClosed) return;
    // A page that could not be covered is not shown; the follower tries again.
    await this.#cover(true);
    await this.#context.cover.drawn(tab);
    // Nobody may be left meanwhile.
    const width = this.#width;
    if (width === 0 || this.#isClosed) return;
    this.#tab = tab;
    tab.session.on("Page.screencastFrame", this.#onFrame);
    await tab.session.send("Page.startScreencast", {
      format: "jpeg",
      quality: jpegQuality,
      maxWidth: width,
      maxHeight: width,
    });
  }

  async #stop(): Promise<void> {
    const tab = this.#tab;
    this.#forget();
    if (tab && !tab.isClosed) await tab.session.send("Page.stopScreencast");
  }

  #forget(): void {
    this.#tab?.session.off("Page.screencastFrame", this.#onFrame);
    this.#tab = null;
    this.#open = [];
  }

  readonly #onFrame = (frame: Frame): void => {
    if (this.#quiet) clearTimeout(this.#quiet);
    this.#quiet = null;
    this.#open.push(frame);
    // With two unacknowledged the browser makes no more, and does not tell what it left out.
    if (this.#open.length > 1) this.#mayHaveMissed = true;
    for (const viewer of [...this.#viewers.keys()]) viewer(frame);
  };
}

function acknowledge(session: Session, sessionId: number): void {
  // A page that has closed needs no answer.
  session.send("Page.screencastFrameAck", { sessionId }).catch(() => undefined);
}
