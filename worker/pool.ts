import { messageOf } from "../db/domain/errors.ts";
import type { Failure } from "../db/domain/events.ts";
import { Countdown } from "./browser/attempt-clock.ts";
import type {
  AttemptOutcome,
  AttemptPlan,
  FromAttempt,
  ToBaselines,
  ToEgress,
  ToView,
} from "./browser/protocol.ts";
import { type AttemptPort, Lane } from "./lane.ts";
import type { WorkerLog, WorkerMetrics } from "./metrics.ts";
import type { RunFolder } from "./run-folder.ts";

/** How long we wait for things to end by themselves. */
export type Patience = {
  /** After an attempt was asked to stop, until its browser is killed. */
  obeyMs: number;
  /** From then, until its thread is. */
  dieMs: number;
  /** What an attempt may take beyond its own wall clock, for evidence and closing, until it counts as stuck. */
  overtimeMs: number;
};

const defaultPatience: Patience = { obeyMs: 3_000, dieMs: 5_000, overtimeMs: 20_000 };

export type PoolOptions = {
  threads: number;
  attemptsMax: number;
  folder: RunFolder;
  metrics: WorkerMetrics;
  log: WorkerLog;
  threadFile?: string | undefined;
  patience?: Partial<Patience>;
};

export type RunningAttempt = {
  /** Never rejects: when thread or browser did not obey, the outcome is an `error` that says so. */
  outcome: Promise<AttemptOutcome>;
  /** `ask`: the thread has three seconds to end it. `kill`: the browser is killed at once. */
  stop(reason: string, how: "ask" | "kill"): void;
  /** What those want who watch or hold it, what its proxy has to say, and the pictures that it asked for. */
  tell(message: ToView | ToEgress | ToBaselines): void;
};

/** The threads that drive browsers, and the last word about both. */
export class BrowserPool {
  readonly #options: PoolOptions;
  readonly #lanes: Lane[];
  readonly #killAll: () => void;

  constructor(options: PoolOptions) {
    this.#options = options;
    const threads = Math.max(1, Math.min(options.threads, options.attemptsMax));
    const attemptsMax = Math.ceil(options.attemptsMax / threads);
    const { threadFile, log } = options;
    const onError = (error: unknown) => log.error({ event: "thread-failed", error });
    this.#lanes = Array.from({ length: threads }, () => new Lane({ attemptsMax, threadFile, onError }));
    // A process that ends without having closed the pool must not leave browsers behind.
    this.#killAll = () => {
      for (const pid of options.folder.browsers()) options.folder.kill(pid);
    };
    process.on("exit", this.#killAll);
  }

  /** @param onMessage what the attempt says, in order; `taken` is to be called when that has been dealt with. */
  run(plan: AttemptPlan, onMessage: (message: FromAttempt, taken: () => void) => void): RunningAttempt {
    const { folder, metrics } = this.#options;
    const lane = this.#choose(plan.organizationId);
    const patience = { ...defaultPatience, ...this.#options.patience };
    const attempt = new Supervision(lane, plan, patience, (pid) => this.#kill(pid));
    const hear = (message: FromAttempt, port: AttemptPort) => {
      if (message.type === "browser") {
        const before = folder.browsers().length;
        folder.note(message.pid);
        const now = folder.browsers().length;
        if (now > before) metrics.browserStarted();
        metrics.browsers(now);
        attempt.browsers.add(message.pid);
      } else {
        if (message.type === "standing") attempt.stand(message.isPaused);
        onMessage(message, () => port.taken(1));
      }
    };
    return {
      outcome: attempt.run(hear),
      stop: (reason, how) => attempt.stop(reason, how),
      tell: (message) => attempt.tell(message),
    };
  }

  /** Browsers that run now. */
  get browsers(): number {
    return this.#options.folder.browsers().length;
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.close()));
    this.#killAll();
    process.off("exit", this.#killAll);
    this.#options.metrics.browsers(0);
  }

  /** The least busy thread; of those the one that has a warm browser of the organization. */
  #choose(organizationId: string): Lane {
    const [best] = this.#lanes.toSorted(
      (a, b) =>
        a.attempts - b.attempts ||
        Number(b.lastOrganization === organizationId) - Number(a.lastOrganization === organizationId),
    );
    if (!best) throw new Error("the pool has no thread");
    return best;
  }

  #kill(pid: number): void {
    this.#options.metrics.browserKilled();
    this.#options.log.warn({ event: "browser-killed", pid });
    this.#options.folder.kill(pid);
  }
}

/** One attempt in its thread, with everything that makes sure that it ends. */
class Supervision {
  readonly browsers = new Set<number>();
  readonly #lane: Lane;
  readonly #plan: AttemptPlan;
  readonly #patience: Patience;
  readonly #kill: (pid: number) => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  #port: AttemptPort | null = null;
  #overtime: Countdown | null = null;
  #stopped: "ask" | "kill" | null = null;
  #isStuck = false;
  #hasEnded = false;

  constructor(lane: Lane, plan: AttemptPlan, patience: Patience, kill: (pid: number) => void) {
    this.#lane = lane;
    this.#plan = plan;
    this.#patience = patience;
    this.#kill = kill;
  }

  async run(hear: (message: FromAttempt, port: AttemptPort) => void): Promise<AttemptOutcome> {
    const began = performance.now();
    const setPort = (port: AttemptPort) => {
      this.#port = port;
    };
    this.#overtime = new Countdown(this.#plan.timeoutMs + this.#patience.overtimeMs, () => {
      this.#isStuck = true;
      this.#force();
    });
    try {
      const outcome = await this.#lane.run(this.#plan, hear, setPort);
      return this.#isStuck && outcome.status === "cancelled"
        ? this.#broken(began, "it had to be killed")
        : outcome;
    } catch (error) {
      // The thread has ended; nobody else kills its browsers.
      for (const pid of this.#lane.browsers) this.#kill(pid);
      this.#lane.browsers.clear();
      return this.#broken(began, messageOf(error));
    } finally {
      this.#hasEnded = true;
      this.#overtime.clear();
      for (const timer of this.#timers) clearTimeout(timer);
    }
  }

  stop(reason: string, how: "ask" | "kill"): void {
    if (this.#hasEnded || this.#stopped === "kill" || this.#stopped === how) return;
    this.#stopped = how;
    this.#port?.stop(reason);
    if (how === "kill") this.#force();
    else this.#after(this.#patience.obeyMs, () => this.#force());
  }

  /** While it is paused it gets no older. */
  stand(isPaused: boolean): void {
    if (isPaused) this.#overtime?.standStill();
    else this.#overtime?.goOn();
  }

  tell(message: ToView | ToEgress | ToBaselines): void {
    if (!this.#hasEnded) this.#port?.tell(message);
  }

  #force(): void {
    this.#port?.stop("the browser is killed");
    for (const pid of this.browsers) this.#kill(pid);
    this.#after(this.#patience.dieMs, () => {
      for (const pid of this.#lane.browsers) this.#kill(pid);
      this.#lane.recycle().catch(() => undefined);
    });
  }

  #after(ms: number, work: () => void): void {
    this.#timers.add(setTimeout(work, ms));
  }

  #broken(began: number, message: string): AttemptOutcome {
    const durationMs = Math.round(performance.now() - began);
    if (this.#stopped) return { status: "cancelled", failure: null, durationMs };
    const failure: Failure = this.#isStuck
      ? {
          code: "runner-stuck",
          message: `the attempt did not end by itself: ${message}`,
          detail: null,
          step: null,
        }
      : {
          code: "runner-crashed",
          message: `the thread of the browser ended: ${message}`,
          detail: null,
          step: null,
        };
    return { status: "error", failure, durationMs };
  }
}
