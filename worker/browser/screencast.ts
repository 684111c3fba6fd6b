import type { Scene } from "../../db/domain/live-view.ts";
import type { AttemptContext } from "./context.ts";
import type { Frame, FrameSource } from "./frame-source.ts";
import type { Mask } from "./masking.ts";

/** How the page is to be shown: `fps` 0: not at all. */
export type Watch = { fps: number; width: number };
/** A picture is a JPEG; null: only the scene has changed. */
export type Shot = { picture: Uint8Array | null; scene: Scene };

/**
 * The pictures of an attempt's page for those who watch it, as many as are taken and no more than are wanted: the next is sent
 * on when the last one was taken. So whoever is slow gets fewer, and nothing queues.
 */
export class Screencast {
  readonly #context: AttemptContext;
  readonly #source: FrameSource;
  readonly #mask: Mask;
  readonly #attempt: number;
  readonly #post: (shot: Shot) => void;
  #watch: Watch = { fps: 0, width: 0 };
  /** The newest that was not sent. */
  #frame: Frame | null = null;
  #view: { width: number; height: number };
  #step: Scene["step"] = null;
  #lastScene = "";
  #isTaken = true;
  #lastAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(options: {
    context: AttemptContext;
    source: FrameSource;
    mask: Mask;
    attempt: number;
    viewport: { width: number; height: number };
    post: (shot: Shot) => void;
  }) {
    this.#context = options.context;
    this.#source = options.source;
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
    if (watch.fps === 0) this.#frame = null;
    void this.#source.look(this.#onFrame, watch.fps > 0 ? watch.width : 0);
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
    this.#source.follow();
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
    this.#frame = null;
    if (this.#timer) clearTimeout(this.#timer);
  }

  readonly #onFrame = (frame: Frame): void => {
    this.#frame = frame;
    this.#pump();
  };

  /** Sends the newest that there is, when the last one was taken and its time has come. */
  #pump(): void {
    if (!this.#isTaken || this.#timer || this.#watch.fps === 0) return;
    if (!this.#frame && JSON.stringify(this.scene()) === this.#lastScene) return;
    const waitMs = this.#lastAt + 1_000 / this.#watch.fps - performance.now();
    if (waitMs > 1) {
      this.#timer = setTimeout(() => {
        this.#timer = null;
        this.#pump();
      }, waitMs);
      return;
    }
    this.#send(this.#frame);
  }

  #send(frame: Frame | null): void {
    this.#frame = null;
    if (frame) {
      const { deviceWidth: width, deviceHeight: height } = frame.metadata;
      this.#view = { width, height };
      this.#source.release();
    }
    const scene = this.scene();
    this.#lastScene = JSON.stringify(scene);
    this.#lastAt = performance.now();
    this.#isTaken = false;
    // A copy of its own: Buffer.from may share memory with others, and these bytes are handed to another thread.
    this.#post({ picture: frame ? new Uint8Array(Buffer.from(frame.data, "base64")) : null, scene });
  }
}
