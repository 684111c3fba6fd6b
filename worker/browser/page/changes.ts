import { shadowRootsBelow } from "./tree.ts";

const eventsOfNodes = [
  "input",
  "change",
  "scroll",
  "load",
  "error",
  "toggle",
  "slotchange",
  "focusin",
  "focusout",
  "transitionrun",
  "transitionend",
  "transitioncancel",
  "animationstart",
  "animationiteration",
  "animationend",
  "animationcancel",
] as const;
/** What a person does often sets something moving, of which nothing is seen before the next frame. */
const eventsOfPerson = [
  "mousemove",
  "mousedown",
  "mouseup",
  "click",
  "wheel",
  "keydown",
  "keyup",
  "touchstart",
] as const;
const eventsOfWindow = [...eventsOfPerson, "resize", "load", "popstate", "hashchange", "pageshow"] as const;
const passively = { capture: true, passive: true } as const;

/** A root that was attached without another change to the tree is found at most this much later. */
const rootsFreshMs = 200;
const idleMs = 10_000;

/**
 * Knows when the document changed last, and wakes those who wait for a change. It listens from the start of the document, so
 * that "nothing has moved lately" can be said without waiting; a document that nobody asks about is left alone after a while.
 */
export class Changes {
  #lastAt = performance.now();
  #askedAt = 0;
  #isListening = false;
  #scannedAt = Number.NEGATIVE_INFINITY;
  #isScanStale = true;
  #roots: ShadowRoot[] = [];
  #hasOpaque = false;
  #watchedRoots = new WeakSet<ShadowRoot>();
  readonly #waiters = new Set<() => void>();
  readonly #changed = () => {
    this.#lastAt = performance.now();
    this.#isScanStale = true;
    for (const wake of [...this.#waiters]) wake();
  };
  readonly #observer = new MutationObserver(this.#changed);

  /** Listens from now on. Called for each request, because `document.open()` takes all listeners away. */
  listen(): void {
    this.#askedAt = performance.now();
    this.#watch(document);
    for (const event of eventsOfWindow) addEventListener(event, this.#changed, passively);
    navigationEvents()?.addEventListener("currententrychange", this.#changed);
    if (this.#isListening) return;
    this.#isListening = true;
    this.#lastAt = performance.now();
    this.#sleepWhenIdle();
  }

  /** When something changed last, as far as it is known. */
  get lastAt(): number {
    return this.#lastAt;
  }

  /** The open shadow roots of the document. */
  roots(): readonly ShadowRoot[] {
    const now = performance.now();
    if (this.#isScanStale || now - this.#scannedAt > rootsFreshMs) {
      const { roots, opaque } = shadowRootsBelow(document);
      this.#hasOpaque = opaque;
      for (const root of roots) {
        if (this.#watchedRoots.has(root)) continue;
        this.#watchedRoots.add(root);
        this.#watch(root);
        // What went on in it until now is not known.
        this.#lastAt = now;
      }
      this.#roots = roots;
      this.#isScanStale = false;
      this.#scannedAt = now;
    }
    return this.#roots;
  }

  /**
   * Nothing has changed, scrolled or loaded for so long, nobody has pressed anything, and nothing is animated: whoever moves an
   * element frame by frame would have been seen. Never true where a part of the tree can't be seen (a closed shadow root of a
   * custom element).
   */
  isQuietFor(ms: number): boolean {
    this.roots();
    if (!this.#isListening || this.#hasOpaque || performance.now() - this.#lastAt < ms) return false;
    if (this.#observer.takeRecords().length > 0) {
      this.#changed();
      return false;
    }
    return this.#animations().every(isAtRest);
  }

  /** An animation waits to begin. */
  isAnimationPending(): boolean {
    return this.#animations().some((animation) => animation.pending);
  }

  /** Resolves with the next change, or after so many milliseconds. */
  next(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiters.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#waiters.add(wake);
    });
  }

  #animations(): Animation[] {
    return [document, ...this.roots()].flatMap((root) => root.getAnimations());
  }

  #watch(node: Document | ShadowRoot): void {
    this.#observer.observe(node, { subtree: true, childList: true, attributes: true, characterData: true });
    for (const event of eventsOfNodes) node.addEventListener(event, this.#changed, passively);
  }

  #sleepWhenIdle(): void {
    setTimeout(() => {
      if (this.#waiters.size > 0 || performance.now() - this.#askedAt < idleMs) this.#sleepWhenIdle();
      else this.#stop();
    }, idleMs);
  }

  #stop(): void {
    this.#isListening = false;
    this.#observer.disconnect();
    for (const event of eventsOfWindow) removeEventListener(event, this.#changed, passively);
    navigationEvents()?.removeEventListener("currententrychange", this.#changed);
    for (const node of [document, ...this.#roots]) {
      for (const event of eventsOfNodes) node.removeEventListener(event, this.#changed, passively);
    }
    this.#watchedRoots = new WeakSet();
    this.#roots = [];
    this.#isScanStale = true;
  }
}

function isAtRest(animation: Animation): boolean {
  return !animation.pending && (animation.playState === "finished" || animation.playState === "idle");
}

/** The Navigation API tells of `pushState`; where it is missing, the poll finds out. */
function navigationEvents(): EventTarget | null {
  const navigation: unknown = Reflect.get(globalThis, "navigation");
  return navigation instanceof EventTarget ? navigation : null;
}
