import { type AccessibilityReport, counts, usualTags } from "../../../db/domain/accessibility.ts";
import { LocatorError, parseLocator } from "../../../db/domain/locators.ts";
import type { StepOf } from "../../../db/domain/steps/index.ts";
import { explainViolations, rulesInWords, violationsInWords } from "../accessibility/findings.ts";
import { pictured } from "../accessibility/pictures.ts";
import { type Scanned, type ScanPlace, scan } from "../accessibility/scan.ts";
import { seek } from "../engine.ts";
import { evaluateIn } from "../evaluate.ts";
import { StepFailure } from "../failure.ts";
import { release } from "../frames.ts";
import type { StepBehaviour, StepContext, StepResult } from "./behaviour.ts";

type Step = StepOf<"expectAccessible">;
type Seen = NonNullable<Scanned>;

/** What changes without a sign, such as a style sheet that a script has written anew, is seen so much later. */
const unseenChangeMs = 1_000;
/** A look takes the page's time: it gets as much for itself. */
const restMs = 100;

export const expectAccessible: StepBehaviour<"expectAccessible"> = async (context, step) => {
  for (const source of step.exclude ?? []) checkLocator(source);
  let last: { seen: Seen; report: AccessibilityReport } | null = null;
  let result: StepResult = {};
  for (;;) {
    const began = performance.now();
    const looked = await look(context, step, last !== null);
    if (looked) {
      result = looked.result;
      last = { seen: looked.seen, report: reportOf(context, step, looked.seen) };
      const isMet = (violationsIn(last.report).length === 0) !== (step.not ?? false);
      if (isMet) break;
    }
    if (context.deadline.isOver) break;
    if (last) await untilChange(context, last.seen, performance.now() - began);
  }
  if (!last) throw tooSlow(context);
  const violations = violationsIn(last.report);
  const isMet = (violations.length === 0) !== (step.not ?? false);
  keep(
    context,
    isMet || !context.browser.picturesFailures ? last.report : await withPictures(context, last.report),
  );
  if (!isMet) throw unmet(context, step, violations);
  return result;
};

/** Only the first look must come to an end: one that a deadline cuts off leaves what the one before has found. */
async function look(
  context: StepContext,
  step: Step,
  isRepeated: boolean,
): Promise<{ seen: Seen; result: StepResult } | null> {
  try {
    const { place, result } = await placeOf(context, step);
    const rules = {
      tags: step.tags ?? usualTags,
      withRules: step.withRules ?? [],
      withoutRules: step.withoutRules ?? [],
    };
    const request = { place, exclude: step.exclude ?? [], rules };
    const seen = await scan(context.browser.tab, request, context.deadline);
    return seen && { seen, result };
  } catch (error) {
    if (!(error instanceof StepFailure) || !context.deadline.isOver) throw error;
    if (isRepeated) return null;
    throw error.code === "page-not-responding" ? tooSlow(context) : error;
  }
}

async function placeOf(
  { browser, deadline }: StepContext,
  { target }: Step,
): Promise<{ place: ScanPlace; result: StepResult }> {
  const { tab } = browser;
  if (target === undefined) return { place: { frameId: tab.mainFrameId, elementToken: null }, result: {} };
  const found = await seek(tab, target, { kind: "element" }, deadline);
  release(found.place);
  const { frameId } = found.place;
  return { place: { frameId, elementToken: found.answer.elementToken }, result: { target: found.target } };
}

async function untilChange({ deadline }: StepContext, { realm, lookedAt }: Seen, tookMs: number) {
  const waitMs = Math.min(unseenChangeMs, deadline.remainingMs());
  await evaluateIn(realm, `__verdict.changeSince(${lookedAt}, ${waitMs})`, deadline.within(waitMs));
  await deadline.sleep(Math.max(restMs, tookMs));
}

function reportOf({ browser }: StepContext, step: Step, { findings, framesLeftOut }: Seen) {
  const report: AccessibilityReport = {
    v: 1,
    ...findings,
    url: browser.tab.url,
    at: new Date().toISOString(),
    impact: step.impact ?? "minor",
    tags: [...(step.tags ?? usualTags)],
    framesLeftOut,
  };
  return report;
}

/** Those that count come first in it: the others hinder less. */
async function withPictures(context: StepContext, report: AccessibilityReport): Promise<AccessibilityReport> {
  const violations = violationsIn(report);
  const others = report.violations.slice(violations.length);
  return { ...report, violations: [...(await pictured(context, violations)), ...others] };
}

function violationsIn({ violations, impact }: AccessibilityReport) {
  return violations.filter((violation) => counts(violation.impact, impact));
}

function keep({ index, outbox }: StepContext, report: AccessibilityReport): void {
  const file = { kind: "accessibility", name: `accessibility step ${index + 1}.json`, step: index } as const;
  const id = outbox.json(file, report);
  if (id !== null) outbox.emit({ type: "artifact", artifactId: id, kind: file.kind, name: file.name });
}

function unmet({ deadline }: StepContext, step: Step, violations: AccessibilityReport["violations"]) {
  const of =
    step.impact === undefined || step.impact === "minor" ? "" : ` of the impact ${step.impact} or more`;
  const waited = `(waited ${deadline.timeoutMs} ms)`;
  if (step.not) return new StepFailure("assertion-failed", `expected a violation${of}, found none ${waited}`);
  return new StepFailure(
    "assertion-failed",
    `expected no violation${of}, found ${rulesInWords(violations.length)}: ${violationsInWords(violations)} ${waited}`,
    explainViolations(violations),
  );
}

function tooSlow({ deadline }: StepContext): StepFailure {
  return new StepFailure(
    "timeout",
    `axe-core did not get through the page within ${deadline.timeoutMs} ms; give the step a longer timeoutMs, or a target that is a part of the page`,
  );
}

/** Its references are replaced now, and may have made it wrong. */
function checkLocator(source: string): void {
  try {
    parseLocator(source);
  } catch (error) {
    if (error instanceof LocatorError) throw new StepFailure("invalid-locator", `exclude: ${error.message}`);
    throw error;
  }
}
