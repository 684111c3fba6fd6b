import type { EventBody, Failure, StepStatus } from "../../db/domain/events.ts";
import { interpolateAll, UnknownVariableError } from "../../db/domain/interpolation.ts";
import { limits } from "../../db/domain/limits.ts";
import type { TryResult } from "../../db/domain/live-view.ts";
import { definitionOf, type Step, type StepType } from "../../db/domain/steps/index.ts";
import type { AttemptClock } from "./attempt-clock.ts";
import type { AttemptBaselines } from "./baselines.ts";
import { BeforePictures } from "./before-pictures.ts";
import type { Lease } from "./browsers.ts";
import type { AttemptContext } from "./context.ts";
import { Deadline } from "./deadline.ts";
import { isGone } from "./evaluate.ts";
import { AttemptEnd, failureOf, StepFailure, serviceFault } from "./failure.ts";
import type { HeldView } from "./held-view.ts";
import { networkLoss } from "./navigation.ts";
import type { Outbox } from "./outbox.ts";
import type { AttemptPlan } from "./protocol.ts";
import { artifactOf, takeView } from "./screenshots.ts";
import {
  argumentsOf,
  type Branch,
  groupOf,
  holdsSteps,
  InnerFailure,
  insideOf,
  placeOf,
  type StepPlace,
} from "./step-place.ts";
import { isPassive, softFailure, timeoutOf } from "./step-timing.ts";
import type { StepBehaviour, StepContext, StepResult } from "./steps/behaviour.ts";
import { stepBehaviours } from "./steps/index.ts";
import { tabClosed } from "./tab.ts";
import { titleOf } from "./titles.ts";

const pictureMsMax = 3_000;
/** A browser that dies tells it a moment after the commands to it have failed. */
const lastWordsMs = 300;
/** Somebody waits for what became of a tried step. */
const triedStepMsMax = 10_000;

/** What goes on around the steps: the time, those who watch or hold them, the pictures that were approved, and what was lost. */
export type Held = {
  clock: AttemptClock;
  view: HeldView;
  baselines: AttemptBaselines;
  lease: Pick<Lease, "lostService">;
};

/**
 * The steps of an attempt, one after the other, with what is said and pictured of each.
 */
export class StepRunner {
  readonly #plan: AttemptPlan;
  readonly #browser: AttemptContext;
  readonly #outbox: Outbox;
  readonly #signal: AbortSignal;
  readonly #held: Held;
  readonly #variables: Record<string, string>;
  /** The picture of the last step, while it is being taken. Nothing may change the page before it is there. */
  #picture: Promise<unknown> = Promise.resolve();
  readonly #before: BeforePictures;
  #begun: number | null = null;
  #executed = 0;
  readonly #soft: Failure[] = [];
  /** While steps are tried on a paused page they pass no gate and leave nothing in the log. */
  #isTrying = false;
  /** The groups that are being run, the outermost first. */
  readonly #calls: string[] = [];

  constructor(plan: AttemptPlan, browser: AttemptContext, outbox: Outbox, signal: AbortSignal, held: Held) {
    this.#plan = plan;
    this.#browser = browser;
    this.#outbox = outbox;
    this.#signal = signal;
    this.#held = held;
    this.#variables = { ...plan.variables };
    this.#before = new BeforePictures(browser, outbox);
  }

  /**
   * @returns why the test failed, or null when it passed.
   * @throws AttemptEnd, AttemptFault and whatever else is no fault of the test.
   */
  async run(): Promise<Failure | null> {
    const failure = await this.#sequence(this.#plan.steps, null);
    await this.#held.view.atEnd(this.#plan.steps.length);
    if (failure) return failure;
    if (this.#executed === 0) {
      const message = "no step was executed: a test that does nothing proves nothing";
      return { code: "nothing-to-do", message, detail: null, step: null };
    }
    return softFailure(this.#soft);
  }

  /** The step that was begun last, of those at the top; null before the first. */
  get step(): number | null {
    return this.#begun;
  }

  /** The last picture is taken; to be awaited before the page is closed. */
  async settled(): Promise<void> {
    await this.#picture;
  }

  /**
   * Steps that are no part of the attempt, on its page as it is while it is paused: until one of them fails. What they change,
   * in the page and in variables, stays changed.
   */
  async try(steps: readonly Step[]): Promise<TryResult> {
    const tried: TryResult["steps"] = [];
    this.#isTrying = true;
    try {
      for (const [index, step] of steps.entries()) {
        const isOver = tried.some(({ status }) => status === "failed");
        tried.push(await this.#tryOne(index, step, isOver || (step.disabled ?? false)));
      }
    } finally {
      this.#isTrying = false;
    }
    return { steps: tried };
  }

  async #tryOne(index: number, step: Step, isSkipped: boolean): Promise<TryResult["steps"][number]> {
    const shown = { step: index, title: titleOf(step), durationMs: 0, failure: null, target: null };
    if (isSkipped) return { ...shown, status: "skipped" };
    const began = performance.now();
    const took = () => Math.round(performance.now() - began);
    try {
      const { target = null } = await this.#perform(placeOf(index, null), step);
      return { ...shown, status: "passed", durationMs: took(), target };
    } catch (thrown) {
      const error = await this.#causeOf(thrown);
      const failure = error instanceof InnerFailure ? error.failure : failureOf(error, index);
      const target = error instanceof StepFailure ? error.target : null;
      return { ...shown, status: "failed", durationMs: took(), failure, target };
    }
  }

  /** Steps one after the other, those at the top or those of a branch of a step. */
  async #sequence(steps: readonly Step[], branch: Branch | null): Promise<Failure | null> {
    for (const [index, step] of steps.entries()) {
      this.#signal.throwIfAborted();
      const place = placeOf(index, branch);
      if (step.disabled) {
        this.#started(place, step);
        this.#outbox.emit(finishedBody(place, step, "skipped", 0, null, {}));
        continue;
      }
      if (!this.#isTrying) await this.#held.view.next(place, titleOf(step));
      const failure = await this.#step(place, step);
      if (failure === null || step.optional) continue;
      if (!("soft" in step && step.soft)) return failure;
      this.#soft.push(failure);
    }
    return null;
  }

  async #step(place: StepPlace, written: Step): Promise<Failure | null> {
    this.#started(place, written);
    this.#begun = place.step;
    this.#browser.downloads.step = place.step;
    const began = performance.now();
    const took = () => Math.round(performance.now() - began);
    try {
      const result = await this.#perform(place, written);
      const isPictured =
        this.#plan.screenshots === "each-step" && result.screenshotId === undefined && !holdsSteps(written);
      await this.#report(place, written, "passed", took(), null, result, isPictured);
      return null;
    } catch (thrown) {
      const error = await this.#causeOf(thrown);
      if (error instanceof InnerFailure) {
        // The step inside has its own picture.
        await this.#report(place, written, "failed", took(), error.failure, {}, false);
        return error.failure;
      }
      const failure = {
        ...failureOf(error, place.step),
        ...(place.path === null ? {} : { path: place.path }),
      };
      if (error instanceof StepFailure) {
        // A page that hangs can't be pictured either.
        const isPictured = error.code !== "page-not-responding";
        await this.#report(place, written, "failed", took(), failure, error, isPictured);
        return failure;
      }
      const isCancelled = error instanceof AttemptEnd && error.status === "cancelled";
      const isTimeout = error instanceof AttemptEnd && error.status === "failed" && !holdsSteps(written);
      if (isCancelled) this.#outbox.emit(finishedBody(place, written, "skipped", took(), null, {}));
      else await this.#report(place, written, "failed", took(), failure, {}, isTimeout);
      throw error;
    }
  }

  async #perform(place: StepPlace, written: Step): Promise<StepResult> {
    if (++this.#executed > limits.stepsExecutedMax) {
      throw new StepFailure(
        "too-many-steps",
        `an attempt runs at most ${limits.stepsExecutedMax} steps, each round of a loop counted`,
      );
    }
    const step = this.#interpolated(written, definitionOf(written.type).deferred);
    // The time of a paused attempt stands still, which is no time to try something by.
    const clock = this.#isTrying ? performance : this.#held.clock;
    const timeoutMs = this.#isTrying ? Math.min(timeoutOf(step), triedStepMsMax) : timeoutOf(step);
    const deadline = new Deadline(timeoutMs, this.#signal, clock);
    if (!isPassive(step)) {
      await deadline.race(this.#picture, () => new Error("the picture took too long"));
      if (!holdsSteps(step)) this.#browser.witness.actedAt = performance.now();
    }
    if (holdsSteps(step)) return behaviourOf(step.type)(this.#contextOf(place, deadline), step);
    const release = await this.#browser.recordings?.guard(step);
    const pictures = this.#plan.screenshots === "each-step" && !this.#isTrying ? this.#before : null;
    pictures?.begin(place, step.type);
    try {
      return await behaviourOf(step.type)(this.#contextOf(place, deadline), step);
    } finally {
      pictures?.end();
      release?.();
    }
  }

  #contextOf(place: StepPlace, deadline: Deadline): StepContext {
    return {
      index: place.step,
      place,
      isTried: this.#isTrying,
      baselines: this.#held.baselines,
      newSnapshots: this.#plan.newSnapshots ?? "fail",
      deadline,
      browser: this.#browser,
      outbox: this.#outbox,
      baseUrl: this.#plan.baseUrl,
      variables: this.#variables,
      holdsSecret: (text) =>
        Object.values(this.#plan.secrets).some((secret) => secret !== "" && text.includes(secret)),
      setVariable: (name, value, shown = value) => {
        this.#variables[name] = value;
        this.#outbox.emit({ type: "variable-set", name, value: shown });
      },
      interpolated: (value) => this.#interpolated(value, []),
      runSteps: async (steps, name) => {
        const failure = await this.#sequence(steps, { name, place });
        if (failure) throw new InnerFailure(failure);
      },
      callGroup: (name, values) => this.#callGroup(name, values, place),
    };
  }

  /** Its parameters are known to its steps only; other variables that they set stay set. */
  async #callGroup(name: string, values: Readonly<Record<string, string>>, place: StepPlace): Promise<void> {
    const group = groupOf(this.#plan.groups ?? {}, name);
    if (this.#calls.length >= limits.groupCallDepthMax) {
      const way = [...this.#calls, name].join(" → ");
      throw new StepFailure(
        "group-too-deep",
        `groups call each other more than ${limits.groupCallDepthMax} deep: ${way}`,
      );
    }
    const given = argumentsOf(name, group, values);
    const before = new Map(Object.keys(given).map((key) => [key, this.#variables[key]]));
    Object.assign(this.#variables, given);
    this.#calls.push(name);
    try {
      const failure = await this.#sequence(group.steps, { name: "steps", place });
      if (failure) throw new InnerFailure(failure);
    } finally {
      this.#calls.pop();
      for (const [key, value] of before) {
        if (value === undefined) delete this.#variables[key];
        else this.#variables[key] = value;
      }
    }
  }

  #interpolated<T extends object>(value: T, deferred: readonly string[]): T {
    const later = Object.fromEntries(Object.entries(value).filter(([key]) => deferred.includes(key)));
    const now = Object.fromEntries(Object.entries(value).filter(([key]) => !deferred.includes(key)));
    try {
      const values = { variables: this.#variables, secrets: this.#plan.secrets };
      // In the order in which it was written, with nothing added or left out.
      return { ...interpolateAll(now, values), ...later } as T;
    } catch (error) {
      if (error instanceof UnknownVariableError) throw new StepFailure("unknown-variable", error.message);
      throw error;
    }
  }

  /** What lies behind an error that a command to the browser gave. */
  async #causeOf(error: unknown): Promise<unknown> {
    if (this.#signal.aborted) return this.#signal.reason;
    const tab = this.#browser.openTab;
    if (error instanceof InnerFailure) return error;
    if (error instanceof StepFailure) {
      const loss = serviceFault(this.#held.lease.lostService(), error) ?? (tab && networkLoss(tab));
      return loss ?? (await this.#browser.egress?.explain(error, tab)) ?? error;
    }
    await new Promise((resolve) => setTimeout(resolve, lastWordsMs));
    if (this.#signal.aborted) return this.#signal.reason;
    return isGone(error) && tab?.isClosed !== false ? tabClosed() : error;
  }

  #started(place: StepPlace, step: Step): void {
    if (this.#isTrying) return;
    this.#outbox.emit({
      type: "step-started",
      stepType: step.type,
      title: titleOf(step),
      ...insideOf(place),
    });
  }

  /** Says how a step ended, with a picture of the page where one is wanted. */
  async #report(
    place: StepPlace,
    step: Step,
    status: StepStatus,
    durationMs: number,
    failure: Failure | null,
    result: StepResult,
    isPictured: boolean,
  ): Promise<void> {
    if (this.#isTrying) return;
    const beforeId = holdsSteps(step) ? null : this.#before.take();
    const body = {
      ...finishedBody(place, step, status, durationMs, failure, result),
      ...(beforeId === null ? {} : { beforeId }),
    };
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
    const name = `${place.path ?? place.step + 1} ${step.type}${failure ? " failed" : ""}`;
    const made = takeView(tab, deadline).then((picture) => {
      this.#before.pictured();
      const artifact = artifactOf(picture, "jpeg", name, place.step);
      return { artifact, body: { ...body, screenshotId: artifact.id } };
    });
    this.#outbox.emitWhen(body, made);
    this.#picture = made.catch(() => undefined);
  }
}

function finishedBody(
  place: StepPlace,
  step: Step,
  status: StepStatus,
  durationMs: number,
  failure: Failure | null,
  result: StepResult,
): Extract<EventBody, { type: "step-finished" }> {
  return {
    type: "step-finished",
    stepType: step.type,
    title: titleOf(step),
    status,
    durationMs,
    failure,
    target: result.target ?? null,
    screenshotId: result.screenshotId ?? null,
    ...insideOf(place),
  };
}

/** The registry maps each type to its own behaviour: whoever has a step of a type may hand it to that one. */
function behaviourOf(type: StepType): StepBehaviour<StepType> {
  return stepBehaviours[type] as StepBehaviour<StepType>;
}
