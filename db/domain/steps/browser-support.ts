import type { FieldError } from "../errors.ts";
import { pathWords } from "../step-tree.ts";
import {
  type BrowserName,
  browserNames,
  browserTitles,
  type StepDefinition,
  type StepPart,
} from "./definition.ts";
import { definitionOf, eachStepWithPath, type Step } from "./index.ts";

/** What of these steps a browser can't do, each with where it stands: `steps.2.latencyMs`, "throttling: Chromium only". */
export function unsupportedIn(browser: BrowserName, steps: readonly Step[]): FieldError[] {
  const faults: FieldError[] = [];
  for (const [path, step] of eachStepWithPath(steps)) {
    if (step.disabled) continue;
    for (const { field, what, browsers } of unsupportedOf(step, browser)) {
      faults.push({ path: field === null ? path : `${path}.${field}`, message: onlyText(what, browsers) });
    }
  }
  return faults;
}

/** The same of one step, its own fields only; `field` null: all of it. */
export function unsupportedOf(step: Step, browser: BrowserName) {
  const definition = definitionOf(step.type);
  if (!definition.browsers.includes(browser)) {
    return [{ field: null, what: definition.type, browsers: definition.browsers }];
  }
  const values: Readonly<Record<string, unknown>> = step;
  return definition.parts.filter(
    (part) => !part.browsers.includes(browser) && isAsked(part, values[part.field]),
  );
}

/** What fewer browsers than all can do of a step, in words: "Throttling: Chromium only". */
export function limitsOf({ title, browsers, parts }: StepDefinition): string[] {
  const all = browsers.length < browserNames.length ? [onlyText(title, browsers)] : [];
  const some = parts.map((part) => onlyText(part.what, part.browsers));
  return [...new Set([...all, ...some])].map((text) => `${text[0]?.toUpperCase()}${text.slice(1)}`);
}

/** "throttling: Chromium only" */
export function onlyText(what: string, browsers: readonly BrowserName[]): string {
  return `${what}: ${browsers.map((browser) => browserTitles[browser]).join(" and ")} only`;
}

/**
 * A path of `unsupportedIn` in the words of people, who count from one: "step 2", or "step 3 › Then › 1" inside of another one.
 * What stands before it, such as the group that it is in, stays.
 */
export function wordsOfPath(path: string): string {
  return path.replace(
    /steps\.((?:\d+)(?:\.[a-z]+\.\d+)*)(?:\.\w+)?$/,
    (_, place: string) => `step ${pathWords(place)}`,
  );
}

function isAsked({ when }: StepPart, value: unknown): boolean {
  if (value === undefined || value === false) return false;
  if (when === undefined) return true;
  return Array.isArray(value) ? value.some((item) => when.includes(item)) : when.includes(String(value));
}
