import type { LiveView, WatchWish } from "../../db/domain/live-view.ts";
import type { Subscription } from "./subscription.ts";

/** The newest of an execution: what is to be seen, and the picture with its number. */
export type Newest = { view: LiveView; picture: Uint8Array | null; pictureRevision: number };

/** Pictures that may be underway to a client which says what it has taken. */
const unacknowledgedMax = 2;
const drainCheckMs = 50;
/** A little less than a second: pictures that come at just the rate that is wanted are not held up by it. */
const restOf = 800;

/**
 * One client that watches an execution. It is sent the newest when it can take it and its time has come; what came between is
 * left out. A client that acknowledges pictures has two underway at most; of others we see only what the socket has taken.
 */
export class ViewReader {
  readonly subscription: Subscription;
  readonly wish: WatchWish;
  readonly #underway: number[] = [];
  #acknowledges = false;
  #sentPicture = 0;
  #sentRevision = -1;
  #sentState = "";
  #nextAt = 0;
  #newest: Newest | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(subscription: Subscription, wish: WatchWish) {
    this.subscription = subscription;
    this.wish = wish;
  }

  offer(newest: Newest): void {
    this.#newest = newest;
    this.#send();
  }

  /** The client has taken the message with this number, and all before it. */
  acknowledge(seq: number): void {
    this.#acknowledges = true;
    while ((this.#underway[0] ?? Number.POSITIVE_INFINITY) <= seq) this.#underway.shift();
    this.#send();
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#newest = null;
  }

  #send(): void {
    const newest = this.#newest;
    if (!newest || this.#timer || this.subscription.isEnded) return;
    const { view, picture, pictureRevision } = newest;
    const hasPicture = picture !== null && pictureRevision > this.#sentPicture;
    // A change of state is told at once; pictures and pointers in their time.
    if (view.state !== this.#sentState) this.#say(view);
    if (!hasPicture && view.revision === this.#sentRevision) return;
    const waitMs = this.#nextAt - performance.now();
    if (waitMs > 1) {
      this.#later(waitMs);
      return;
    }
    if (hasPicture && !this.#isFree()) {
      if (!this.#acknowledges) this.#later(drainCheckMs);
      return;
    }
    this.#nextAt = performance.now() + restOf / this.wish.fps;
    if (!hasPicture) {
      this.#say(view);
      return;
    }
    this.#sentRevision = view.revision;
    this.#sentPicture = pictureRevision;
    this.#underway.push(view.revision);
    this.subscription.connection.sendPicture(this.subscription.topic, view.revision, view, picture);
  }

  #say(view: LiveView): void {
    this.#sentRevision = view.revision;
    this.#sentState = view.state;
    const { connection, topic } = this.subscription;
    connection.send({ type: "event", topic, seq: view.revision, event: { type: "view-changed", view } });
  }

  #isFree(): boolean {
    if (this.#acknowledges) return this.#underway.length < unacknowledgedMax;
    this.#underway.length = 0;
    return this.subscription.connection.isDrained();
  }

  #later(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#send();
    }, ms);
  }
}
