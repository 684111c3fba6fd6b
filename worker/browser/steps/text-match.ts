import { matchInPage } from "../script.ts";
import type { StepContext } from "./behaviour.ts";

type Match = "contains" | "exact" | "regex";

/** An expression gets its own time: it may be asked in the last moment of a step. */
const patternMsMax = 2_000;

/** Whether a text is as expected. Regular expressions run in the page, where they can be stopped. */
export async function isMatch(
  { browser, deadline }: StepContext,
  expected: string,
  match: Match,
  text: string,
): Promise<boolean> {
  if (match === "exact") return text === expected;
  if (match === "contains") return text.includes(expected);
  const time = deadline.again().within(patternMsMax);
  return (await matchInPage(browser.tab, expected, text, time)) !== null;
}

/** `that is "a"`, `with "a"`, `that matches /a/` */
export function matchWords(expected: string, match: Match): string {
  if (match === "regex") return `that matches /${expected}/`;
  return `${match === "exact" ? "that is" : "with"} ${quoted(expected)}`;
}

/** As JSON writes it, not longer than a line. */
export function quoted(text: string, charsMax = 200): string {
  return JSON.stringify(text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text);
}
