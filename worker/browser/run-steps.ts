import type { EventBody, Failure, StepStatus } from "../../db/domain/events.ts";
import { interpolateAll, UnknownVariableError } from "../../db/domain/interpolation.ts";
import { limits } from "../../db/domain/limits.ts";
import { definitionOf, isAssertion, type Step, type StepType } from "../../db/domain/steps/index.ts";
import type { AttemptContext } from "./context.ts";
import { Deadline } from "./deadline.ts";
import { isGone } from "./evaluate.ts";
import { AttemptEnd, failureOf, StepFailure } from "./failure.ts";
import type { Outbox } from "./outbox.ts";
import type { AttemptPlan } from "./protocol.ts";
import { artifactOf, takeView } from "./screenshots.ts";
import type { StepBehaviour, StepContext, StepResult } from "./steps/behaviour.ts";
import { stepBehaviours } from "./steps/index.ts";
import { tabClosed } from "./tab.ts";
import { titleOf } from "./titles.ts";

const pictureMsMax = 3_000;
/** A browser that dies tells it a moment after the commands to it have failed. */
const lastWordsMs = 300;

/**
 * The steps of an attempt, one after the other, with what is said and pictured of each.
 */
export class StepRunner {
  readonly #plan: AttemptPlan;
  readonly #browser: AttemptContext;
  readonly #outbox: Outbox;
  readonly #signal: AbortSignal;
  readonly #variables: Record<string, string>;
  /** The picture of the last step, while it is being taken. Nothing may change the page before it is there. */
  #picture: Promise<unknown> = Promise.resolve();
  #begun: number | null = null;

  constructor(plan: AttemptPlan, browser: AttemptContext, outbox: Outbox, signal: AbortSignal) {
    this.#plan = plan;
    this.#browser = browser;
    this.#outbox = outbox;
    this.#signal = signal;
    this.#variables = { ...plan.variables };
  }

  /**
   * @returns why the test failed, or null when it passed.
   * @throws AttemptEnd, AttemptFault and whatever else is no fault of the test.
   */
  async run(): Promise<Failure | null> {
    const soft: Failure[] = [];
    let executed = 0;
    for (const [index, step] of this.#plan.steps.entries()) {
      this.#signal.throwIfAborted();
      if (step.disabled) {
        this.#started(index, step);
        this.#finished(index, step, "skipped", 0, null, {});
        continue;
      }
      executed++;
      const failure = await this.#step(index, step);
      if (failure === null || step.optional) continue;
      if (!("soft" in step && step.soft)) return failure;
      soft.push(failure);
    }
    if (executed === 0) {
      const message = "no step was executed: a test that does nothing proves nothing";
      return { code: "nothing-to-do", message, detail: null, step: null };
    }
    return softFailure(soft);
  }

  /** The step that was begun last; null before the first. */
  get step(): number | null {
    return this.#begun;
  }

  /** The last picture is taken; to be awaited before the page is closed. */
  async settled(): Promise<void> {
    await this.#picture;
  }

  async #step(index: number, written: Step): Promise<Failure | null> {
    this.#started(index, written);
    this.#begun = index;
    const began = performance.now();
    const took = () => Math.round(performance.now() - began);
    try {
      const result = await this.#perform(index, written);
      const isPictured = this.#plan.screenshots === "each-step" && result.screenshotId === undefined;
      await this.#report(index, written, "passed", took(), null, result, isPictured);
      return null;
    } catch (thrown) {
      const error = await this.#causeOf(thrown);
      const failure = failureOf(error, index);
      if (error instanceof StepFailure) {
        // A page that hangs can't be pictured either.
        const isPictured = error.code !== "page-not-responding";
        await this.#report(index, written, "failed", took(), failure, {}, isPictured);
        return failure;
      }
      const isCancelled = error instanceof AttemptEnd && error.status === "cancelled";
      const isTimeout = error instanceof AttemptEnd && error.status === "failed";
      if (isCancelled) this.#finished(index, written, "skipped", took(), null, {});
      else await this.#report(index, written, "failed", took(), failure, {}, isTimeout);
      throw error;
    }
  }

  async #perform(index: number, written: Step): Promise<StepResult> {
    const step = this.#interpolated(written);
    const deadline = new Deadline(timeoutOf(step), this.#signal);
    if (!isPassive(step)) await deadline.race(this.#picture, () => new Error("the picture took too long"));
    const context: StepContext = {
      index,
      deadline,
      browser: this.#browser,
      outbox: this.#outbox,
      baseUrl: this.#plan.baseUrl,
      setVariable: (name, value) => {
        this.#variables[name] = value;
        this.#outbox.emit({ type: "variable-set", name, value });
      },
    };
    return behaviourOf(step.type)(context, step);
  }

  #interpolated(step: Step): Step {
    try {
      return interpolateAll(step, { variables: this.#variables, secrets: this.#plan.secrets });
    } catch (error) {
      if (error instanceof UnknownVariableError) throw new StepFailure("unknown-variable", error.message);
      throw error;
    }
  }

  /** What lies behind an error that a command to the browser gave. */
  async #causeOf(error: unknown): Promise<unknown> {
    if (this.#signal.aborted) return this.#signal.reason;
    if (error instanceof StepFailure) return error;
    await new Promise((resolve) => setTimeout(resolve, lastWordsMs));
    if (this.#signal.aborted) return this.#signal.reason;
    return isGone(error) && this.#browser.openTab === null ? tabClosed() : error;
  }

  #started(index: number, step: Step): void {
    this.#outbox.emit({ type: "step-started", step: index, stepType: step.type, title: titleOf(step) });
  }

  #finished(
    index: number,
    step: Step,
    status: StepStatus,
    durationMs: number,
    failure: Failure | null,
    result: StepResult,
  ): void {
    this.#outbox.emit(finishedBody(index, step, status, durationMs, failure, result));
  }

  /** Says how a step ended, with a picture of the page where one is wanted. */
  async #report(
    index: number,
    step: Step,
    status: StepStatus,
    durationMs: number,
    failure: Failure | null,
    result: StepResult,
    isPictured: boolean,
  ): Promise<void> {
    const body = finishedBody(index, step, status, durationMs, failure, result);
    const tab = this.#browser.openTab;
    // A tab that has shown nothing yet has nothing to show.
    if (!isPictured || this.#plan.screenshots === "never" || tab === null || tab.commits === 0) {
      this.#outbox.emit(body);
      return;
    }
    // The attempt may be over already; its last picture is still wanted.
    const deadline = new Deadline(pictureMsMax, new AbortController().signal);
    const free = Promise.all([this.#picture, this.#outbox.room()]);
    // When the worker does not keep up for so long, the picture is taken all the same.
    await deadline.race(free, () => new Error("busy")).catch(() => undefined);
    const name = `${index + 1} ${step.type}${failure ? " failed" : ""}`;
    const made = takeView(tab, deadline).then((picture) => {
      const artifact = artifactOf(picture, "jpeg", name, index);
      return { artifact, body: { ...body, screenshotId: artifact.id } };
    });
    this.#outbox.emitWhen(body, made);
    this.#picture = made.catch(() => undefined);
  }
}

function finishedBody(
  index: number,
  step: Step,
  status: StepStatus,
  durationMs: number,
  failure: Failure | null,
  result: StepResult,
): Extract<EventBody, { type: "step-finished" }> {
  return {
    type: "step-finished",
    step: index,
    stepType: step.type,
    title: titleOf(step),
    status,
    durationMs,
    failure,
    target: result.target ?? null,
    screenshotId: result.screenshotId ?? null,
  };
}

/** The registry maps each type to its own behaviour: whoever has a step of a type may hand it to that one. */
function behaviourOf(type: StepType): StepBehaviour<StepType> {
  return stepBehaviours[type] as StepBehaviour<StepType>;
}

/** Steps that look and wait without touching the page: they need not wait for the picture of the step before. */
function isPassive(step: Step): boolean {
  if (step.type === "waitFor") return step.function === undefined;
  return isAssertion(step.type) || step.type === "setVariable" || step.type === "request";
}

function timeoutOf(step: Step): number {
  if (step.timeoutMs !== undefined) return step.timeoutMs;
  if (step.type === "waitFor") return limits.actionTimeoutMs + (step.ms ?? 0);
  if (step.type === "type") return limits.actionTimeoutMs + step.text.length * (step.delayMs ?? 0);
  if (step.type === "click") return limits.actionTimeoutMs + (step.count ?? 1) * (step.delayMs ?? 0);
  if (step.type === "request") return limits.navigationTimeoutMs;
  if (step.type === "switchTab" || step.type === "closeTab") return limits.actionTimeoutMs;
  const { group } = definitionOf(step.type);
  if (group === "assertion") return limits.assertionTimeoutMs;
  return group === "navigation" ? limits.navigationTimeoutMs : limits.actionTimeoutMs;
}

function softFailure(failures: Failure[]): Failure | null {
  const [first] = failures;
  if (!first || failures.length === 1) return first ?? null;
  return {
    ...first,
    message: `${failures.length} soft assertions failed, the first: ${first.message}`,
    detail: failures.map(({ step, message }) => `step ${(step ?? 0) + 1}: ${message}`).join("\n"),
  };
}
