import { viewLimits } from "../db/domain/live-view.ts";
import type { AttemptStart } from "../db/services/attempts.ts";
import type { Ctx } from "../db/services/context.ts";
import { stopExecution } from "../db/services/executions.ts";
import {
  answerCommand,
  endPause,
  exchangeView,
  type Shown,
  takeCommands,
  type ViewWishes,
} from "../db/services/live-worker.ts";
import type { FromView, ToView } from "./browser/protocol.ts";
import type { HeldJob } from "./held-job.ts";
import type { WorkerLog } from "./metrics.ts";

export type LiveTimings = {
  /** How often it is looked what is wanted, without a hint: while somebody watches or it is paused, and else. */
  watchedMs: number;
  idleMs: number;
  pauseMsMax: number;
  pausesMsMax: number;
  pauseAloneMs: number;
};

const defaultTimings: LiveTimings = { watchedMs: 1_000, idleMs: 5_000, ...viewLimits };

export type LiveSessionOptions = {
  ctx: Ctx;
  held: HeldJob;
  start: AttemptStart;
  /** To the thread of the attempt. */
  tell: (message: ToView) => void;
  timings?: Partial<LiveTimings> | undefined;
  log: WorkerLog;
};

/**
 * Between the attempt in its thread and those who watch or hold it: shows what the thread shows, and tells it what they want.
 * While nobody does either it only looks now and then, for a hint that was lost.
 */
export class LiveSession {
  readonly #options: LiveSessionOptions;
  readonly #timings: LiveTimings;
  #told: ViewWishes;
  #isLooking = false;
  #isAskedAgain = false;
  #timer: NodeJS.Timeout | null = null;
  #pausedAt: number | null = null;
  #pausedMs = 0;
  #showing: Promise<void> = Promise.resolve();
  /** That it pauses or goes on, until it is written. */
  #untold: Shown | null = null;
  #isClosed = false;

  constructor(options: LiveSessionOptions) {
    this.#options = options;
    this.#timings = { ...defaultTimings, ...options.timings };
    // What the thread has been given with its plan.
    const { wanted, granted, by, before, holdsEnd } = options.start.hold;
    const thenDoes = holdsEnd ? "stop" : "run";
    const hold = { wanted, stepsGranted: granted, by, before, thenDoes } as const;
    this.#told = { fps: 0, width: 0, ...hold, aloneMs: 0, commands: 0 };
    if (options.start.isWatched || wanted === "pause") this.look();
    else this.#lookLater();
  }

  /** Something may be wanted. */
  look(): void {
    this.#isAskedAgain = true;
    if (!this.#isLooking) void this.#look();
  }

  hear(message: FromView): void {
    if (message.type === "shot") {
      const { picture, scene } = message;
      void this.#show({ scene, ...(picture ? { picture } : {}) }).finally(() =>
        this.#options.tell({ type: "shot-taken" }),
      );
    } else if (message.type === "answer") {
      void this.#answer(message);
    } else {
      void this.#stands(message);
    }
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    while (this.#isAskedAgain && !this.#isOver) {
      this.#isAskedAgain = false;
      await this.#show();
    }
    this.#isLooking = false;
    this.#lookLater();
  }

  #lookLater(): void {
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#isOver) return;
    const isBusy = this.#told.fps > 0 || this.#told.wanted === "pause";
    this.#timer = setTimeout(() => this.look(), isBusy ? this.#timings.watchedMs : this.#timings.idleMs);
  }

  get #isOver(): boolean {
    return this.#isClosed || this.#options.held.isLost;
  }

  /** One after the other: what is wanted later must not be overtaken by what was wanted before. */
  #show(shown?: Shown): Promise<void> {
    this.#showing = this.#showing.then(() => this.#exchange(shown));
    return this.#showing;
  }

  /** Shows it, or nothing, and does what is wanted. A database that is away costs pictures; a pause is told when it is back. */
  async #exchange(shown?: Shown): Promise<void> {
    const { ctx, held, start, log } = this.#options;
    if (this.#isOver) return;
    const said = this.#untold || shown ? { ...this.#untold, ...shown } : undefined;
    if (said?.pausedMs !== undefined) this.#untold = { scene: said.scene, pausedMs: said.pausedMs };
    try {
      const wishes = await exchangeView(ctx, held.job, start, said);
      this.#untold = null;
      if (wishes && !this.#isOver) await this.#obey(wishes);
    } catch (error) {
      log.warn({ event: "live-view-failed", executionId: start.executionId, error });
    }
  }

  async #obey(wishes: ViewWishes): Promise<void> {
    const told = this.#told;
    this.#told = wishes;
    const { fps, width, wanted, stepsGranted, by, before } = wishes;
    const holdsEnd = wishes.thenDoes === "stop";
    if (fps !== told.fps || width !== told.width) this.#options.tell({ type: "watch", fps, width });
    if (wanted !== told.wanted || stepsGranted !== told.stepsGranted) {
      this.#options.tell({ type: "hold", wanted, granted: stepsGranted, by, before, holdsEnd });
    }
    if (wishes.commands > 0) await this.#command();
    if (wanted === "pause" && this.#hasPausedEnough(wishes)) await this.#goOn();
  }

  async #command(): Promise<void> {
    const { ctx, held, start, tell } = this.#options;
    for (const command of await takeCommands(ctx, held.job, start)) tell({ type: "command", command });
  }

  #hasPausedEnough({ aloneMs }: ViewWishes): boolean {
    if (this.#pausedAt === null) return false;
    const { pauseMsMax, pausesMsMax, pauseAloneMs } = this.#timings;
    const forMs = performance.now() - this.#pausedAt;
    return aloneMs > pauseAloneMs || forMs > pauseMsMax || this.#pausedMs + forMs > pausesMsMax;
  }

  /** By itself: for longer nobody may hold a browser that others wait for. */
  async #goOn(): Promise<void> {
    const { ctx, held, start } = this.#options;
    if (this.#told.thenDoes === "stop") await stopExecution(ctx, start.executionId);
    else await endPause(ctx, held.job, start);
    this.look();
  }

  async #answer({ id, answer }: Extract<FromView, { type: "answer" }>): Promise<void> {
    const { ctx, start, log } = this.#options;
    await answerCommand(ctx, start, id, answer).catch((error: unknown) =>
      log.warn({ event: "live-view-failed", executionId: start.executionId, error }),
    );
  }

  async #stands({ isPaused, scene }: Extract<FromView, { type: "standing" }>): Promise<void> {
    if (!isPaused && this.#pausedAt !== null) this.#pausedMs += performance.now() - this.#pausedAt;
    this.#pausedAt = isPaused ? performance.now() : null;
    const { pauseMsMax, pausesMsMax } = this.#timings;
    const pausedMs = isPaused ? Math.max(0, Math.min(pauseMsMax, pausesMsMax - this.#pausedMs)) : null;
    await this.#show({ scene, pausedMs });
    this.#lookLater();
  }
}

/** The sessions of a worker, for the hints that it gets. */
export class LiveSessions {
  readonly #sessions = new Map<string, LiveSession>();
  readonly #timings: Partial<LiveTimings> | undefined;

  constructor(timings?: Partial<LiveTimings>) {
    this.#timings = timings;
  }

  open(options: LiveSessionOptions): LiveSession {
    const { executionId } = options.start;
    const session = new LiveSession({ timings: this.#timings, ...options });
    this.#sessions.set(executionId, session);
    return session;
  }

  close(session: LiveSession, executionId: string): void {
    session.close();
    if (this.#sessions.get(executionId) === session) this.#sessions.delete(executionId);
  }

  /** Somebody wants something of an execution; perhaps of one that runs here. */
  hint(executionId: string): void {
    this.#sessions.get(executionId)?.look();
  }
}
