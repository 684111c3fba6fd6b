import type { StepType } from "../../db/domain/steps/index.ts";
import type { AttemptContext } from "./context.ts";
import { Deadline } from "./deadline.ts";
import type { Outbox } from "./outbox.ts";
import { artifactOf, takeView } from "./screenshots.ts";
import type { StepPlace } from "./step-place.ts";

const pictureMsMax = 1_000;
/** A picture that is older may not show the page as it is. */
const freshMs = 400;

/**
 * The page just before a step acts on it. The picture of the step before shows the same where the step found its element at
 * once; only where it had to wait, or time has passed, one of its own is taken: of a page on which nothing is being done.
 */
export class BeforePictures {
  readonly #browser: AttemptContext;
  readonly #outbox: Outbox;
  #picturedAt = Number.NEGATIVE_INFINITY;
  #id: string | null = null;

  constructor(browser: AttemptContext, outbox: Outbox) {
    this.#browser = browser;
    this.#outbox = outbox;
  }

  /** The page has been pictured. */
  pictured(): void {
    this.#picturedAt = performance.now();
  }

  /** A step begins. */
  begin(place: StepPlace, type: StepType): void {
    this.#id = null;
    let isDone = false;
    this.#browser.beforeAct = async (hasWaited) => {
      if (isDone || !(hasWaited || performance.now() - this.#picturedAt > freshMs)) return false;
      isDone = true;
      return this.#picture(`${place.path ?? place.step + 1} ${type} before`, place.step);
    };
  }

  /** It acts no more. */
  end(): void {
    this.#browser.beforeAct = null;
  }

  /** The picture of the step that has ended; null when it had none of its own. */
  take(): string | null {
    const id = this.#id;
    this.#id = null;
    return id;
  }

  /** Never throws: a step does not fail for its picture. */
  async #picture(name: string, step: number): Promise<boolean> {
    const tab = this.#browser.openTab;
    // A worker that does not keep up gets none.
    if (tab === null || tab.commits === 0 || !this.#outbox.hasRoom) return false;
    const deadline = new Deadline(pictureMsMax, new AbortController().signal);
    const picture = await takeView(tab, deadline).catch(() => null);
    if (!picture) return false;
    const artifact = artifactOf(picture, "jpeg", name, step);
    if (this.#outbox.artifact(artifact)) this.#id = artifact.id;
    return true;
  }
}
