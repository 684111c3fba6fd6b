import type { PageFailureCode, PageReply } from "./contract.ts";
import { boxOf } from "./hit.ts";
import type { Found } from "./resolve.ts";

/** Why a look at the page did not do. It becomes the failure of the step when time is up. */
export type Fault = {
  code: PageFailureCode;
  /** One line: what was expected and what was there. */
  message: string;
  /** What was seen, for the log of the wait; the message when not given. */
  seen?: string;
  /** More for the reader of the failure; costly, hence made only when the wait has failed. */
  explain?: () => string;
  /** Time ran out before anything could be seen: what was seen before says more. */
  isInconclusive?: boolean;
  /** Waiting can't help. */
  isFinal?: boolean;
};

export type Success = Extract<PageReply, { ok: true }>;
export type Outcome = { success: Success } | { fault: Fault };

/** The request can't be carried out on any page, such as a locator that is no CSS. */
export class InvalidRequest extends Error {
  readonly code: PageFailureCode;
  constructor(code: PageFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

const linesMax = 20;
const lineCharsMax = 300;
const detailCharsMax = 3_500;

/** The distinct things that a wait has seen, in their order, with their times. */
export class Observations {
  readonly #began: number;
  readonly #lines = new Map<string, number>();
  #dropped = 0;

  constructor(began: number) {
    this.#began = began;
  }

  note(text: string): void {
    if (this.#lines.has(text)) return;
    if (this.#lines.size >= linesMax) this.#dropped++;
    else this.#lines.set(text, Math.round(performance.now() - this.#began));
  }

  /** Without those of a wait that has seen nothing but what its failure says. */
  lines(said: string): string[] {
    if (this.#lines.size === 1 && this.#lines.has(said)) return [];
    const lines = [...this.#lines].map(([text, at]) => `+${at} ms ${text.slice(0, lineCharsMax)}`);
    return this.#dropped > 0 ? [...lines, `… and ${this.#dropped} more observations`] : lines;
  }
}

export function failed(
  fault: Fault,
  observations: Observations,
  timeoutMs: number,
  found: Found | null = null,
): PageReply {
  const log = observations.lines(fault.message);
  const parts = [fault.explain?.() ?? "", log.length > 0 ? `Seen:\n${log.join("\n")}` : ""];
  const detail = parts.filter((part) => part !== "").join("\n\n");
  return {
    ok: false,
    failure: {
      code: fault.code,
      message: fault.isFinal ? fault.message : `${fault.message} (waited ${timeoutMs} ms)`,
      detail: detail === "" ? null : detail.slice(0, detailCharsMax),
      step: null,
    },
    found: found?.element.isConnected
      ? {
          locator: { index: found.locator.index, source: found.locator.source },
          box: boxOf(found.element),
        }
      : null,
  };
}
