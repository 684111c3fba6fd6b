import type { SecretFields } from "./secrets.ts";
import { shadowRootsBelow } from "./tree.ts";

/** Until a page that draws nothing, as in a tab behind another one, counts as drawn. */
const drawnMsMax = 250;
const fontsMsMax = 1_000;

type Caret = { style: CSSStyleDeclaration; value: string; priority: string };
type Moving = { animation: Animation; time: CSSNumberish | null };

/**
 * A document that holds still while it is pictured: animations and transitions that end are at their end, those that never end
 * are taken back to their beginning and go on afterwards; there is no caret; fields that got a secret are black. What the page's own
 * scripts draw can't be held: two pictures that are the same show that it rests.
 */
export class Stills {
  readonly #secrets: SecretFields;
  #endless: Moving[] = [];
  #caret: Caret | null = null;
  #isStill = false;

  constructor(secrets: SecretFields) {
    this.#secrets = secrets;
  }

  /** Resolves when the document was drawn as it is now. Never throws. */
  async begin(): Promise<void> {
    if (this.#isStill) this.end();
    this.#isStill = true;
    this.#holdAnimations();
    this.#hideCaret();
    this.#secrets.cover(true);
    await bounded(document.fonts.ready, fontsMsMax);
    await bounded(drawn(), drawnMsMax);
    // What began meanwhile, such as a transition that the font has set off.
    this.#holdAnimations();
  }

  end(): void {
    this.#isStill = false;
    for (const { animation, time } of this.#endless.splice(0)) {
      try {
        animation.play();
        animation.currentTime = time;
      } catch {
        // Its element, or what it follows, is gone.
      }
    }
    if (this.#caret) this.#caret.style.setProperty("caret-color", this.#caret.value, this.#caret.priority);
    this.#caret = null;
    this.#secrets.cover(globalThis.__verdictCovers ?? false);
  }

  #holdAnimations(): void {
    for (const root of [document, ...shadowRootsBelow(document).roots]) {
      for (const animation of root.getAnimations()) this.#hold(animation);
    }
  }

  #hold(animation: Animation): void {
    // One that follows scrolling stands where the page is scrolled to.
    const isOfTime = animation.timeline === null || animation.timeline === document.timeline;
    if (!animation.effect || animation.playbackRate === 0 || !isOfTime) return;
    const isEndless = animation.effect.getComputedTiming().endTime === Number.POSITIVE_INFINITY;
    try {
      if (!isEndless) {
        animation.finish();
        return;
      }
      const time = animation.currentTime;
      animation.cancel();
      this.#endless.push({ animation, time });
    } catch {
      // It can't be finished or cancelled by its own rules: then it moves, and the pictures show it.
    }
  }

  #hideCaret(): void {
    let focused = document.activeElement;
    while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
    if (!(focused instanceof HTMLElement)) return;
    const { style } = focused;
    const [value, priority] = [
      style.getPropertyValue("caret-color"),
      style.getPropertyPriority("caret-color"),
    ];
    this.#caret = { style, value, priority };
    style.setProperty("caret-color", "transparent", "important");
  }
}

function drawn(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
}

async function bounded(work: Promise<unknown>, msMax: number): Promise<void> {
  await Promise.race([work, new Promise((resolve) => setTimeout(resolve, msMax))]);
}
