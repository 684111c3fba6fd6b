import type { StepOf } from "../../../db/domain/steps/index.ts";
import { Deadline } from "../deadline.ts";
import { type Still, takeStill } from "../stills.ts";
import type { StepContext } from "./behaviour.ts";

/** Between pictures: what moves is given a little more time each time, what rests is seen soon. */
const pausesMs = [0, 100, 250, 500];
/** What taking a picture may last although the time of the step is over: else a slow machine would not get to see anything. */
const takeMsMin = 8_000;

/** The pictures that a step takes, one after the other. */
export class SnapshotLook {
  readonly #context: StepContext;
  readonly #step: StepOf<"expectSnapshot">;
  #last: Still | null = null;
  #before: Still | null = null;
  #round = 0;

  constructor(context: StepContext, step: StepOf<"expectSnapshot">) {
    this.#context = context;
    this.#step = step;
  }

  /** @throws Error before the first one was taken */
  get last(): Still {
    if (!this.#last) throw new Error("no picture was taken yet");
    return this.#last;
  }

  /** The one before the last; null after the first. */
  get before(): Still | null {
    return this.#before;
  }

  async next(): Promise<void> {
    const { browser, deadline } = this.#context;
    const take = new Deadline(Math.max(takeMsMin, deadline.remainingMs()), deadline.signal);
    const still = await takeStill(browser, this.#step, { find: deadline, take });
    this.#before = this.#last;
    this.#last = still;
  }

  /** Takes pictures until the last two are the same. @returns false when they are not by the time that the step has */
  async untilStill(): Promise<boolean> {
    while (this.#before === null || !isSame(this.#before.bytes, this.last.bytes)) {
      // There are two in any case.
      if (this.#before === null) await this.next();
      else if (!(await this.goOn())) return false;
    }
    return true;
  }

  /** Takes the next picture a little later. @returns false when there is no time for that */
  async goOn(): Promise<boolean> {
    const { deadline } = this.#context;
    if (deadline.isOver) return false;
    await deadline.sleep(pausesMs[Math.min(this.#round++, pausesMs.length - 1)] ?? 0);
    if (deadline.isOver) return false;
    await this.next();
    return true;
  }
}

/** A browser makes the same file of the same pixels. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(b);
}
