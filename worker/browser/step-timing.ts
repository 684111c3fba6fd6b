import type { Failure } from "../../db/domain/events.ts";
import { limits } from "../../db/domain/limits.ts";
import { definitionOf, isAssertion, type Step, type StepType } from "../../db/domain/steps/index.ts";

const waits: ReadonlySet<StepType> = new Set(["waitForResponse", "waitForIdle", "waitForWebSocket"]);

/** Steps that look and wait without touching the page: they need not wait for the picture of the step before. */
export function isPassive(step: Step): boolean {
  if (step.type === "waitFor") return step.function === undefined;
  if (waits.has(step.type)) return true;
  return isAssertion(step.type) || step.type === "setVariable" || step.type === "request";
}

export function timeoutOf(step: Step): number {
  if (step.timeoutMs !== undefined) return step.timeoutMs;
  if (step.type === "waitFor") return limits.actionTimeoutMs + (step.ms ?? 0);
  if (step.type === "type") return limits.actionTimeoutMs + step.text.length * (step.delayMs ?? 0);
  if (step.type === "click") return limits.actionTimeoutMs + (step.count ?? 1) * (step.delayMs ?? 0);
  if (step.type === "request") return limits.navigationTimeoutMs;
  if (waits.has(step.type)) return limits.navigationTimeoutMs;
  // axe-core itself takes seconds on a large page.
  if (step.type === "expectAccessible") return limits.actionTimeoutMs;
  // Several pictures of a whole page, each of which may take a second in Firefox.
  if (step.type === "expectSnapshot") return limits.actionTimeoutMs;
  if (step.type === "expectDownload") return limits.navigationTimeoutMs;
  if (step.type === "if") return limits.actionTimeoutMs + (step.withinMs ?? 0);
  if (step.type === "switchTab" || step.type === "closeTab") return limits.actionTimeoutMs;
  const { group } = definitionOf(step.type);
  if (group === "assertion") return limits.assertionTimeoutMs;
  return group === "navigation" ? limits.navigationTimeoutMs : limits.actionTimeoutMs;
}

/** What soft assertions that did not hold make of the whole test. */
export function softFailure(failures: Failure[]): Failure | null {
  const [first] = failures;
  if (!first || failures.length === 1) return first ?? null;
  return {
    ...first,
    message: `${failures.length} soft assertions failed, the first: ${first.message}`,
    detail: failures
      .map(({ step, path, message }) => `step ${path ?? (step ?? 0) + 1}: ${message}`)
      .join("\n"),
  };
}
