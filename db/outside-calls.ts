import {
  BrokenCircuitError,
  type BulkheadPolicy,
  BulkheadRejectedError,
  bulkhead,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  noJitterGenerator,
  retry,
  TaskCancelledError,
  TimeoutStrategy,
  timeout,
  wrap,
} from "cockatiel";
import { AppError, messageOf } from "./domain/errors.ts";
import { isOutage, kindOf } from "./outside-calls/outage.ts";
import { type CallPolicy, type Dependency, policies } from "./outside-calls/policies.ts";

/** How a call ended. `refused`: it answered, with a no. `open`, `full`: it was not asked; by the breaker, by the bulkhead. */
export type CallOutcome = "ok" | "refused" | "failed" | "timeout" | "open" | "full" | "cancelled";
export type BreakerState = "closed" | "half-open" | "open";

export type OutsideMetrics = {
  ended(dependency: Dependency, outcome: CallOutcome, durationMs: number): void;
  retried(dependency: Dependency): void;
  tripped(dependency: Dependency): void;
};

/** Of one dependency, over all of its targets. */
export type OutsideState = {
  /** The worst. */
  breaker: BreakerState;
  active: number;
  waiting: number;
  lastFailure: string | null;
};

export type CallOptions = {
  /** Whether it changes nothing to ask twice when the first answer was lost. Nothing else is ever repeated. */
  repeat: boolean;
  /** More time than usual, for each try and in all: what is to be moved is large. */
  extraMs?: number;
  /** Who asks does not need the answer any more. */
  signal?: AbortSignal | undefined;
};

/**
 * Asks within the bounds of the dependency. `work` must pass its signal on: it aborts when the time is over.
 * @throws AppError `unavailable` when it is not there, too slow, or not asked; what it refused is thrown as it came.
 */
export type OutsideCall = <T>(work: (signal: AbortSignal) => Promise<T>, options: CallOptions) => Promise<T>;

const targetsMax = 500;
const noMetrics: OutsideMetrics = { ended: () => {}, retried: () => {}, tripped: () => {} };

/**
 * The way out of the process to everything that is not PostgreSQL: a bounded number of calls at once with a bounded queue,
 * time-outs, retries with jitter of what may be repeated, and a breaker that stops asking who does not answer.
 */
export class OutsideCalls {
  readonly #policies: Record<Dependency, CallPolicy>;
  readonly #metrics: OutsideMetrics;
  readonly #guards = new Map<string, Guard>();

  constructor(
    options: { policies?: Partial<Record<Dependency, CallPolicy>>; metrics?: OutsideMetrics } = {},
  ) {
    this.#policies = { ...policies, ...options.policies };
    this.#metrics = options.metrics ?? noMetrics;
  }

  /** @param target where there are many of a kind, such as hosts of webhooks: one that is down does not stop the others */
  to(dependency: Dependency, target = ""): OutsideCall {
    return (work, options) => this.#guard(dependency, target).call(work, options);
  }

  state(dependency: Dependency): OutsideState {
    const guards = [...this.#guards.values()].filter((guard) => guard.dependency === dependency);
    const order: BreakerState[] = ["closed", "half-open", "open"];
    const worst = Math.max(0, ...guards.map(({ breaker }) => order.indexOf(breaker)));
    return {
      breaker: order[worst] ?? "closed",
      active: guards.reduce((sum, { active }) => sum + active, 0),
      waiting: guards.reduce((sum, { waiting }) => sum + waiting, 0),
      lastFailure: guards.findLast(({ breaker }) => breaker === order[worst])?.lastFailure ?? null,
    };
  }

  #guard(dependency: Dependency, target: string): Guard {
    const key = `${dependency} ${target}`;
    const known = this.#guards.get(key);
    if (known) return known;
    if (this.#guards.size >= targetsMax) this.#forgetOne();
    const guard = new Guard(dependency, this.#policies[dependency], this.#metrics);
    this.#guards.set(key, guard);
    return guard;
  }

  /** An idle target, or else the oldest; what there is one of stays. */
  #forgetOne(): void {
    const targets = [...this.#guards].filter(([key]) => !key.endsWith(" "));
    const [key] = targets.find(([, guard]) => guard.isIdle) ?? targets[0] ?? [];
    if (key !== undefined) this.#guards.delete(key);
  }
}

/** The call was over before the try was: this says nothing about who was asked. */
class CallOver extends Error {}

class Guard {
  readonly dependency: Dependency;
  readonly #policy: CallPolicy;
  readonly #metrics: OutsideMetrics;
  readonly #bulkhead: BulkheadPolicy;
  readonly #breaker: CircuitBreakerPolicy;
  #failure: unknown = null;

  constructor(dependency: Dependency, policy: CallPolicy, metrics: OutsideMetrics) {
    this.dependency = dependency;
    this.#policy = policy;
    this.#metrics = metrics;
    this.#bulkhead = bulkhead(policy.atOnceMax, policy.waitingMax);
    // A trial whose asker has gone must not close the breaker.
    const counts = (error: unknown) =>
      isOutage(error) || (error instanceof CallOver && this.breaker === "half-open");
    this.#breaker = circuitBreaker(handleWhen(counts), {
      breaker: new ConsecutiveBreaker(policy.failuresMax),
      halfOpenAfter: new ExponentialBackoff({
        initialDelay: policy.openMs,
        maxDelay: policy.openMsMax,
        generator: noJitterGenerator,
      }),
    });
    this.#breaker.onBreak(() => metrics.tripped(dependency));
  }

  get breaker(): BreakerState {
    const { state } = this.#breaker;
    if (state === CircuitState.Closed) return "closed";
    return state === CircuitState.HalfOpen ? "half-open" : "open";
  }

  get active(): number {
    return this.#policy.atOnceMax - this.#bulkhead.executionSlots;
  }

  get waiting(): number {
    return this.#policy.waitingMax - this.#bulkhead.queueSlots;
  }

  get isIdle(): boolean {
    return this.active === 0 && this.waiting === 0 && this.breaker === "closed";
  }

  get lastFailure(): string | null {
    return this.#failure === null ? null : messageOf(this.#failure);
  }

  async call<T>(work: (signal: AbortSignal) => Promise<T>, options: CallOptions): Promise<T> {
    const startedAt = performance.now();
    const end = (outcome: CallOutcome) =>
      this.#metrics.ended(this.dependency, outcome, performance.now() - startedAt);
    try {
      const result = await this.#bounded(work, options);
      end("ok");
      return result;
    } catch (error) {
      const [outcome, shown] = this.#outcomeOf(error, options);
      end(outcome);
      throw shown;
    }
  }

  #bounded<T>(work: (signal: AbortSignal) => Promise<T>, options: CallOptions): Promise<T> {
    const { tryMs, totalMs, triesMax, pauseMs, pauseMsMax } = this.#policy;
    const { extraMs = 0, repeat } = options;
    const retrying = retry(handleWhen(isOutage), {
      maxAttempts: repeat ? triesMax - 1 : 0,
      backoff: new ExponentialBackoff({ initialDelay: pauseMs, maxDelay: pauseMsMax }),
    });
    retrying.onRetry(() => this.#metrics.retried(this.dependency));
    return wrap(bound(totalMs + extraMs), this.#bulkhead, retrying).execute(
      ({ signal }) => this.#throughBreaker(work, tryMs + extraMs, signal),
      options.signal,
    );
  }

  async #throughBreaker<T>(
    work: (signal: AbortSignal) => Promise<T>,
    tryMs: number,
    call: AbortSignal,
  ): Promise<T> {
    if (call.aborted) throw new CallOver("the call is over");
    // While one call is the trial, the others are not to wait for how it ends.
    if (this.breaker === "half-open") throw new BrokenCircuitError();
    return this.#breaker.execute(async () => {
      try {
        return await bound(tryMs).execute(({ signal }) => work(signal), call);
      } catch (error) {
        if (call.aborted) throw new CallOver("the call is over", { cause: error });
        if (isOutage(error)) this.#failure = error;
        throw error;
      }
    });
  }

  #outcomeOf(error: unknown, { signal }: CallOptions): [CallOutcome, unknown] {
    if (signal?.aborted) return ["cancelled", signal.reason];
    if (error instanceof BulkheadRejectedError) {
      return ["full", this.#unavailable(`${this.#policy.waitingMax} calls wait for it already`, error)];
    }
    if (error instanceof BrokenCircuitError) {
      const why = kindOf(this.#failure);
      const said = `it is not asked for a moment, since it failed several times${why ? ` (${why})` : ""}`;
      return ["open", this.#unavailable(said, this.#failure ?? error)];
    }
    if (error instanceof TaskCancelledError || error instanceof CallOver) {
      return ["timeout", this.#unavailable("it did not answer in time", error)];
    }
    if (!isOutage(error)) return ["refused", error];
    return ["failed", this.#unavailable(`it failed${kindOf(error) ? ` (${kindOf(error)})` : ""}`, error)];
  }

  #unavailable(why: string, cause: unknown): AppError {
    const retryAfterSeconds = Math.max(1, Math.ceil(this.#policy.openMs / 1_000));
    return new AppError("unavailable", `${this.dependency} is not available: ${why}`, {
      cause,
      retryAfterSeconds,
    });
  }
}

/** Rejects when the time is over, whatever the work does with its signal; a signal that has ended well is left alone. */
function bound(ms: number) {
  return timeout(ms, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false });
}
