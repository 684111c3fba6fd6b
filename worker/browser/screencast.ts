import type { Protocol } from "puppeteer";
import type { Scene } from "../../db/domain/live-view.ts";
import type { AttemptContext } from "./context.ts";
import type { Session } from "./driver/session.ts";
import type { Mask } from "./masking.ts";
import type { Tab } from "./tab.ts";

type Frame = Protocol.Page.ScreencastFrameEvent;

/** How the page is to be shown: `fps` 0: not at all. */
export type Watch = { fps: number; width: number };
/** A picture is a JPEG; null: only the scene has changed. */
export type Shot = { picture: Uint8Array | null; scene: Scene };

const jpegQuality = 60;
/** How often it is looked whether steps have gone on to another tab. */
const followMs = 500;
/** After the browser may have left pictures out: when nothing more comes for so long, the newest is asked for. */
const quietMs = 300;

/**
 * The pictures of an attempt's page, as many as are taken and no more than are wanted. The browser makes a new one when an
 * older one was acknowledged, which is when it was sent on; and the next is sent on when the last one was taken. So whoever is
 * slow gets fewer, and nothing queues.
 */
export class Screencast {
  readonly #context: AttemptContext;
  readonly #mask: Mask;
  readonly #attempt: number;
  readonly #post: (shot: Shot) => void;
  #watch: Watch = { fps: 0, width: 0 };
  #tab: Tab | null = null;
  #frames: Frame[] = [];
  #view: { width: number; height: number };
  #step: Scene["step"] = null;
  #lastScene = "";
  #isTaken = true;
  #lastAt = 0;
  #mayHaveMissed = false;
  #timer: NodeJS.Timeout | null = null;
  #follower: NodeJS.Timeout | null = null;
  #quiet: NodeJS.Timeout | null = null;
  #work: Promise<void> = Promise.resolve();
  /** Changes that are underway; a page that hangs must not gather more of them. */
  #changes = 0;
  #isClosed = false;

  constructor(options: {
    context: AttemptContext;
    mask: Mask;
    attempt: number;
    viewport: { width: number; height: number };
    post: (shot: Shot) => void;
  }) {
    this.#context = options.context;
    this.#mask = options.mask;
    this.#attempt = options.attempt;
    this.#view = { width: options.viewport.width, height: options.viewport.height };
    this.#post = options.post;
  }

  /** What watchers want from now on. */
  watch(watch: Watch): void {
    const { fps, width } = this.#watch;
    if (this.#isClosed || (watch.fps === fps && watch.width === width)) return;
    this.#watch = watch;
    if (this.#follower) clearInterval(this.#follower);
    this.#follower = watch.fps > 0 ? setInterval(() => this.#follow(), followMs) : null;
    // The size is the browser's to keep: with another one it begins anew.
    this.#change(async () => {
      if (this.#isClosed) return;
      if (watch.width !== width || watch.fps === 0) await this.#stop();
      await this.#cover(watch.fps > 0);
      await this.#start();
    });
  }

  /** The last shot was dealt with. */
  taken(): void {
    this.#isTaken = true;
    this.#pump();
  }

  /** A step begins, or is the next one. */
  step(step: NonNullable<Scene["step"]>): void {
    this.#step = step;
    if (this.#watch.fps === 0) return;
    this.#follow();
    this.#pump();
  }

  /** The step begins: what the last one was about is looked at no more. */
  begins(): void {
    const tab = this.#context.openTab;
    if (tab) tab.lookedAt = null;
  }

  /** What is to be seen now, without a picture. */
  scene(): Scene {
    const tab = this.#context.openTab;
    const step = this.#step;
    return {
      attempt: this.#attempt,
      ...this.#view,
      url: this.#mask.text(tab?.url ?? ""),
      pointer: this.#context.pointer,
      box: tab?.lookedAt ?? null,
      step: step && { ...step, title: this.#mask.text(step.title) },
    };
  }

  /** Ends it; the page is about to be closed. */
  close(): void {
    this.#isClosed = true;
    this.#watch = { fps: 0, width: 0 };
    for (const timer of [this.#timer, this.#quiet]) if (timer) clearTimeout(timer);
    if (this.#follower) clearInterval(this.#follower);
    this.#forget();
  }

  /** One after the other; a page that went away meanwhile is found again by the follower. */
  #change(work: () => Promise<void>): void {
    this.#changes++;
    this.#work = this.#work
      .then(work)
      .catch(() => undefined)
      .finally(() => {
        this.#changes--;
      });
  }

  #follow(): void {
    const tab = this.#context.openTab;
    if (this.#changes === 0 && (tab !== this.#tab || this.#tab?.isClosed)) {
      this.#change(async () => {
        if (this.#tab === this.#context.openTab) return;
        await this.#stop();
        await this.#start();
      });
    }
    this.#pump();
  }

  async #cover(isOn: boolean): Promise<void> {
    await this.#context.cover.turn(isOn, this.#context.openTabs);
  }

  async #start(): Promise<void> {
    const tab = this.#context.openTab;
    if (this.#watch.fps === 0 || this.#tab !== null || tab === null || this.#isClosed) return;
    // A page that could not be covered is not shown; the follower tries again.
    await this.#cover(true);
    await this.#context.cover.drawn(tab);
    // Nobody may be left meanwhile.
    if (this.#watch.fps === 0 || this.#isClosed) return;
    this.#tab = tab;
    tab.session.on("Page.screencastFrame", this.#onFrame);
    const { width } = this.#watch;
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
    this.#frames = [];
  }

  readonly #onFrame = (frame: Frame): void => {
    if (this.#quiet) clearTimeout(this.#quiet);
    this.#quiet = null;
    this.#frames.push(frame);
    // With two unacknowledged the browser makes no more, and does not tell what it left out.
    if (this.#frames.length > 1) this.#mayHaveMissed = true;
    this.#pump();
  };

  /** Sends the newest that there is, when the last one was taken and its time has come. */
  #pump(): void {
    if (!this.#isTaken || this.#timer || this.#watch.fps === 0) return;
    const frame = this.#frames.at(-1);
    if (!frame && JSON.stringify(this.scene()) === this.#lastScene) {
      this.#askWhenQuiet();
      return;
    }
    const waitMs = this.#lastAt + 1_000 / this.#watch.fps - performance.now();
    if (waitMs > 1) {
      this.#timer = setTimeout(() => {
        this.#timer = null;
        this.#pump();
      }, waitMs);
      return;
    }
    this.#send(frame);
  }

  #send(frame: Frame | undefined): void {
    if (frame) {
      const { deviceWidth: width, deviceHeight: height } = frame.metadata;
      this.#view = { width, height };
      const session = this.#tab?.session;
      for (const { sessionId } of this.#frames.splice(0)) if (session) acknowledge(session, sessionId);
    }
    const scene = this.scene();
    this.#lastScene = JSON.stringify(scene);
    this.#lastAt = performance.now();
    this.#isTaken = false;
    // A copy of its own: Buffer.from may share memory with others, and these bytes are handed to another thread.
    this.#post({ picture: frame ? new Uint8Array(Buffer.from(frame.data, "base64")) : null, scene });
    this.#askWhenQuiet();
  }

  #askWhenQuiet(): void {
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
}

function acknowledge(session: Session, sessionId: number): void {
  // A page that has closed needs no answer.
  session.send("Page.screencastFrameAck", { sessionId }).catch(() => undefined);
}
