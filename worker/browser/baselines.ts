import type { BaselineAnswer, BaselineQuestion } from "../../db/domain/snapshots.ts";
import type { FromAttempt, ToBaselines } from "./protocol.ts";

/** The worker reads the row and the file; the file may be large and the storage slow. */
const answerMsMax = 30_000;

/** The way of an attempt to the pictures that were approved: it asks the worker, since it has no storage of its own. */
export class AttemptBaselines {
  readonly #post: (message: FromAttempt) => void;
  readonly #asked = new Map<number, (answer: BaselineAnswer) => void>();
  #last = 0;

  constructor(post: (message: FromAttempt) => void) {
    this.#post = post;
  }

  hear({ id, answer }: ToBaselines): void {
    this.#asked.get(id)?.(answer);
  }

  /** Never rejects; bounded. */
  async ask(question: BaselineQuestion): Promise<BaselineAnswer> {
    const id = ++this.#last;
    const { promise, resolve } = Promise.withResolvers<BaselineAnswer>();
    const late = { state: "unavailable", reason: `it did not come within ${answerMsMax} ms` } as const;
    const timer = setTimeout(() => resolve(late), answerMsMax);
    this.#asked.set(id, resolve);
    this.#post({ type: "baseline-asked", id, ...question });
    const answer = await promise;
    clearTimeout(timer);
    this.#asked.delete(id);
    return answer;
  }
}
