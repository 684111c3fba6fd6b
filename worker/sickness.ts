import type { Failure } from "../db/domain/events.ts";

/** No page can bring it about: the machine is at fault. */
const ofTheMachine = new Set(["browser-start-failed"]);
/** The page may have brought it about: the machine is only suspected when several organizations meet it. */
const ofEither = new Set(["browser-crashed", "runner-crashed"]);

/** How many such ends in a row make a worker take itself for sick. */
export const faultsMax = 3;

type Fault = { failure: Failure; organizationId: string };

/**
 * Tells a worker whose machine is broken from one that had bad luck, or bad pages: by the executions that ended one after the
 * other because of the browser, with none between them in which it worked.
 */
export class Sickness {
  #faults: Fault[] = [];

  /** @param failure why an attempt ended by an error; null: it came to a result. */
  ended(organizationId: string, failure: Failure | null): void {
    if (failure === null) this.#faults = [];
    else if (ofTheMachine.has(failure.code) || ofEither.has(failure.code)) {
      this.#faults = [...this.#faults, { failure, organizationId }].slice(-2 * faultsMax);
    }
  }

  /** What speaks for it, or null while this worker is well. */
  get evidence(): string | null {
    const machine = this.#faults.filter(({ failure }) => ofTheMachine.has(failure.code));
    const organizations = new Set(this.#faults.map(({ organizationId }) => organizationId));
    const isSick =
      machine.length >= faultsMax || (this.#faults.length >= faultsMax && organizations.size > 1);
    if (!isSick) return null;
    const last = this.#faults.at(-1)?.failure;
    return `${this.#faults.length} attempts in a row ended by an error of this machine; the last: ${last?.code}: ${last?.message}`;
  }

  forget(): void {
    this.#faults = [];
  }
}
