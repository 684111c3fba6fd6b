import type { BrowserName } from "../../../db/domain/steps/definition.ts";
import type { AttemptPlan } from "../protocol.ts";
import type { Written } from "../testing/run.ts";

/** One page, the step on it, and what is then to be seen. */
export type Case = {
  title: string;
  /** The body of the page; one without anything when not given. `/…` is a page of the fixture site. */
  page?: string;
  before?: readonly Written[];
  /** The step without its type. */
  step: Readonly<Record<string, unknown>>;
  /** Steps that hold when the step did what it says. */
  after?: readonly Written[];
  plan?: Partial<AttemptPlan>;
  /** Browsers that can do this part of the step, when it is not all that can do the step. */
  browsers?: readonly BrowserName[];
};

/**
 * `message` is the whole text, by browser where they say it in words of their own; SITE and OTHER stand for the addresses of the
 * fixture site, `…` ends what is different each time.
 */
export type FailingCase = Case & {
  code: string;
  message: string | Readonly<Record<BrowserName, string>>;
  detail?: RegExp;
};

/**
 * At least three cases for each step: it does what it says; what it needs, or what it is for, comes only later; it fails and
 * says why. A step of the language without them does not compile.
 */
export type StepCases = {
  works: readonly [Case, ...Case[]];
  waits: readonly [Case, ...Case[]];
  fails: readonly [FailingCase, ...FailingCase[]];
};

/** What happens in a page a moment after it has loaded. */
export function later(script: string, ms = 250): string {
  return `<script>setTimeout(() => { ${script} }, ${ms})</script>`;
}

/** The page says so in its title, for the steps that come after. */
export function said(title: string): Written {
  return { type: "expectTitle", title };
}
