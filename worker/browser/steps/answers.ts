import type { Answer } from "../engine.ts";
import type { Point } from "../frames.ts";

/** The contract of the page engine: these acts answer with a point, a text, a token. */
export function pointOf(answer: Answer): Point {
  if (answer.point) return answer.point;
  throw new Error("the page engine named no point");
}

export function textOf(answer: Answer): string {
  return answer.text ?? "";
}

export function tokenOf(answer: Answer): string {
  if (answer.elementToken !== null) return answer.elementToken;
  throw new Error("the page engine named no element");
}
