import type { AnswerCheck } from "../../../db/domain/steps/request.ts";
import { StepFailure } from "../failure.ts";
import { matchInPage } from "../script.ts";
import type { StepContext } from "./behaviour.ts";
import { isAlike } from "./json-alike.ts";

const bodyShownMax = 1_000;
const valueShownMax = 200;

type Answer = { body: string; headers: Headers };
type Found = { value: unknown } | { missing: string };

/** @throws StepFailure `no-match` when it is no JSON. */
export function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new StepFailure("no-match", "the answer is no JSON", body.slice(0, bodyShownMax));
  }
}

/** What a path such as `data.items.0.id` leads to, or how far it leads. */
export function valueAt(root: unknown, path: string): Found {
  let value = root;
  const walked: string[] = [];
  for (const key of path.split(".")) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, key)) {
      const at = walked.length > 0 ? `at ${walked.join(".")}` : "at the top";
      return { missing: `the answer has no "${key}" ${at}` };
    }
    value = (value as Record<string, unknown>)[key];
    walked.push(key);
  }
  return { value };
}

/** @throws StepFailure `assertion-failed` with all that the answer does not hold. */
export async function checkAnswer(
  context: StepContext,
  checks: readonly AnswerCheck[],
  answer: Answer,
): Promise<void> {
  const faults: string[] = [];
  for (const check of checks) {
    const fault = await faultOf(context, check, lookUp(check, answer));
    if (fault !== null) faults.push(fault);
  }
  const [first, ...others] = faults;
  if (first === undefined) return;
  const more = others.length > 0 ? ` (and ${others.length} more)` : "";
  const body = `Answer:\n${answer.body.slice(0, bodyShownMax)}`;
  throw new StepFailure(
    "assertion-failed",
    `${first}${more}`,
    others.length > 0 ? `${faults.join("\n")}\n\n${body}` : body,
  );
}

function lookUp({ path, header }: AnswerCheck, { body, headers }: Answer): Found {
  if (path !== undefined) return valueAt(jsonOf(body), path);
  const value = headers.get(header ?? "");
  return value === null ? { missing: `the answer has no header ${header}` } : { value };
}

/** Why the answer is not as expected there; null when it is. */
async function faultOf(
  { browser, deadline }: StepContext,
  check: AnswerCheck,
  found: Found,
): Promise<string | null> {
  const name = check.path ?? `header ${check.header}`;
  if (check.exists !== undefined) {
    if ("missing" in found) return check.exists ? `expected ${name} to be there, but ${found.missing}` : null;
    return check.exists ? null : `expected ${name} not to be there, got ${shown(found.value)}`;
  }
  if ("missing" in found) return `expected ${name} ${wordsOf(check)}, but ${found.missing}`;
  const { value } = found;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (check.matches !== undefined) {
    const isMet = (await matchInPage(browser.tab, check.matches, text, deadline)) !== null;
    return isMet ? null : `expected ${name} ${wordsOf(check)}, got ${shown(value)}`;
  }
  if (check.count !== undefined) {
    const count = countOf(value);
    return count === check.count
      ? null
      : `expected ${name} ${wordsOf(check)}, got ${count === null ? shown(value) : count}`;
  }
  const isMet = check.contains === undefined ? isAlike(value, check.equals) : text.includes(check.contains);
  return isMet ? null : `expected ${name} ${wordsOf(check)}, got ${shown(value)}`;
}

function wordsOf({ equals, contains, matches, count }: AnswerCheck): string {
  if (contains !== undefined) return `to contain ${shown(contains)}`;
  if (matches !== undefined) return `to match /${matches}/`;
  return count === undefined ? `to be ${shown(equals)}` : `to have ${count} items`;
}

/** Of a list its length, of an object the number of its keys. */
function countOf(value: unknown): number | null {
  if (Array.isArray(value)) return value.length;
  return value !== null && typeof value === "object" ? Object.keys(value).length : null;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > valueShownMax ? `${text.slice(0, valueShownMax - 1)}…` : text;
}
