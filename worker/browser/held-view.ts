import type { MessagePort } from "node:worker_threads";
import type { LiveAnswer, TryResult } from "../../db/domain/live-view.ts";
import type { Step } from "../../db/domain/steps/index.ts";
import type { AttemptClock } from "./attempt-clock.ts";
import type { AttemptContext } from "./context.ts";
import { StepFailure } from "./failure.ts";
import type { FrameSource } from "./frame-source.ts";
import { Gate } from "./gate.ts";
import type { Mask } from "./masking.ts";
import type { Outbox } from "./outbox.ts";
import { PersonInput } from "./person-input.ts";
import { highlight, pick } from "./pointing.ts";
import type { AttemptPlan, FromAttempt, ToView, ViewCommand } from "./protocol.ts";
import { Screencast, type Shot, type Watch } from "./screencast.ts";
import type { StepPlace } from "./step-place.ts";

type Page = { context: AttemptContext; tries: (steps: readonly Step[]) => Promise<TryResult> };

const refusal = (code: string, message: string): LiveAnswer => ({ ok: false, code, message });

/** An attempt as those see and hold it who watch it: its pictures, and the gate before each of its steps. */
export class HeldView {
  readonly gate: Gate;
  readonly #port: MessagePort;
  readonly #mask: Mask;
  readonly #plan: AttemptPlan;
  readonly #outbox: Outbox;
  readonly #signal: AbortSignal;
  #page: Page | null = null;
  #cast: Screencast | null = null;
  #input: PersonInput | null = null;
  /** What is being done with the paused page; no step begins before it is done. */
  #work: Promise<unknown> = Promise.resolve();
  #watch: Watch = { fps: 0, width: 0 };

  constructor(options: {
    port: MessagePort;
    mask: Mask;
    plan: AttemptPlan;
    outbox: Outbox;
    clock: AttemptClock;
    signal: AbortSignal;
  }) {
    this.#port = options.port;
    this.#mask = options.mask;
    this.#plan = options.plan;
    this.#outbox = options.outbox;
    this.#signal = options.signal;
    this.gate = new Gate(options.clock, options.signal, (isPaused, by) => this.#stands(isPaused, by));
    if (options.plan.hold) this.gate.hear(options.plan.hold);
  }

  /** There is a page to look at, and somebody who tries steps on it. */
  open(context: AttemptContext, source: FrameSource, tries: Page["tries"]): void {
    this.#page = { context, tries };
    const post = (shot: Shot) =>
      this.#post({ type: "shot", ...shot }, shot.picture ? [shot.picture.buffer as ArrayBuffer] : []);
    const { attempt, viewport } = this.#plan;
    this.#cast = new Screencast({ context, source, mask: this.#mask, attempt, viewport, post });
    this.#cast.watch(this.#watch);
    this.#input = new PersonInput(context);
  }

  hear(message: ToView): void {
    if (message.type === "shot-taken") this.#cast?.taken();
    else if (message.type === "command") this.#command(message.command);
    else if (message.type === "hold") this.gate.hear(message);
    else {
      this.#watch = { fps: message.fps, width: message.width };
      this.#cast?.watch(this.#watch);
    }
  }

  /** A step is next. Resolves when it may begin. @throws the reason of the attempt's end. */
  async next({ step, path }: StepPlace, title: string): Promise<void> {
    this.#cast?.step({ step, path, title });
    await this.gate.pass(step);
    await this.#work;
    this.#cast?.begins();
  }

  /** All steps are through, or one has failed: for who tries steps there may be more to do. */
  async atEnd(steps: number): Promise<void> {
    if (this.gate.holdsEnd) await this.next({ step: steps, path: null, depth: 0 }, "The end");
  }

  close(): void {
    this.#cast?.close();
  }

  /** One after the other; those that come when it has gone on are too late. */
  #command({ id, kind, body }: ViewCommand): void {
    this.#work = this.#work.then(async () => {
      if (kind === "input") {
        if (this.gate.isPaused && "events" in body) await this.#input?.perform(body.events);
        return;
      }
      const answer = await this.#answerTo(body);
      this.#post({ type: "answer", id, answer: this.#mask.all(answer) });
    });
  }

  async #answerTo(body: ViewCommand["body"]): Promise<LiveAnswer> {
    const page = this.#page;
    const tab = page?.context.openTab;
    if (!this.gate.isPaused || !page) return refusal("not-paused", "the execution is not paused any more");
    if (!tab) return refusal("tab-closed", "its tab was closed");
    try {
      if ("steps" in body) return { ok: true, result: await page.tries(body.steps) };
      if ("locator" in body) return { ok: true, result: await highlight(tab, body.locator, this.#signal) };
      if ("x" in body) return { ok: true, result: await pick(tab, body, this.#signal) };
      return refusal("internal", "nothing was asked");
    } catch (error) {
      if (error instanceof StepFailure) return refusal(error.code, error.message);
      return refusal("internal", "it did not work; try again");
    }
  }

  #stands(isPaused: boolean, by: string | null): void {
    const scene = this.#cast?.scene();
    if (!scene) return;
    if (!isPaused) this.#work = this.#work.then(() => this.#input?.letGo());
    const name = by === null ? "" : ` by ${by}`;
    const text = isPaused ? `paused before step ${(scene.step?.step ?? 0) + 1}${name}` : `goes on${name}`;
    this.#outbox.emit({ type: "log", level: "info", text });
    this.#post({ type: "standing", isPaused, scene });
  }

  #post(message: FromAttempt, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}
