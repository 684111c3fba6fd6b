/** What a handler may throw on purpose about its job. Everything else is an error of ours, tried again by the kind's policy. */

/** Trying again can't help: the job becomes a dead letter at once. */
export class Permanent extends Error {}

/** Not now: the job waits, and that is not a failed try. */
export class Snooze extends Error {
  readonly ms: number;

  constructor(ms: number, why: string) {
    super(why);
    this.ms = ms;
  }
}

/** There is no need for it any more. */
export class Cancel extends Error {}
