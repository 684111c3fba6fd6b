import type { TextMatch } from "../../../db/domain/locators.ts";
import type { TextExpectation } from "./contract.ts";
import { InvalidRequest } from "./fault.ts";

export type TextTest = (text: string) => boolean;

/** White space folded to single blanks and trimmed; characters that have no width are left out. */
export function normalise(text: string): string {
  return text
    .replace(/[\u200b\u00ad]/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

/** How the text of a locator is compared: exact with case, a part without, or a regular expression. */
export function textTest(match: TextMatch): TextTest {
  if (match.match === "regex") {
    const regex = compile(match.source, match.flags);
    return (text) => regex.test(normalise(text));
  }
  const wanted = normalise(match.text);
  if (match.match === "exact") return (text) => normalise(text) === wanted;
  const lower = wanted.toLowerCase();
  return (text) => normalise(text).toLowerCase().includes(lower);
}

/** How an assertion compares. `fold` is for text that is shown; the value of a field is compared as it is. */
export function expectationTest(expected: TextExpectation, fold: boolean): TextTest {
  const shape = fold ? normalise : (text: string) => text;
  if (expected.match === "regex") {
    const regex = compile(expected.text, expected.ignoreCase ? "i" : "");
    return (text) => regex.test(shape(text));
  }
  const cased = expected.ignoreCase ? (text: string) => shape(text).toLowerCase() : shape;
  const wanted = cased(expected.text);
  return expected.match === "exact"
    ? (text) => cased(text) === wanted
    : (text) => cased(text).includes(wanted);
}

/** The expectation in words: `to contain "Total 3"`. */
export function expectationWords(expected: TextExpectation, not: boolean): string {
  const verb = { contains: "to contain", exact: "to be", regex: "to match" }[expected.match];
  const text = expected.match === "regex" ? `/${expected.text}/` : shown(expected.text);
  return `${not ? "not " : ""}${verb} ${text}${expected.ignoreCase ? " (any case)" : ""}`;
}

/** Text in quotes, cut so that a message stays one line. */
export function shown(text: string, charsMax = 200): string {
  const line = normalise(text);
  return `"${line.length > charsMax ? `${line.slice(0, charsMax - 1)}…` : line}"`;
}

/** The expression, kept: a wait asks for it many times. Never global, so that it holds no position. */
export function compile(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (cause) {
    throw new InvalidRequest(
      "invalid-pattern",
      `/${source}/${flags} is no regular expression: ${reasonOf(cause)}`,
    );
  }
}

/** Engines repeat the expression before they say what is wrong with it. */
function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const behind = text.lastIndexOf(": ");
  return (behind < 0 ? text : text.slice(behind + 2)).toLowerCase();
}
