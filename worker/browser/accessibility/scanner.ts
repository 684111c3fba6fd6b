import axe from "axe-core";
import { type CheckedPlace, criteriaOf, impacts, type RuleResult } from "../../../db/domain/accessibility.ts";
import type { PageEngine } from "../page/contract.ts";
import type { Findings, Part, PartRequest, RuleChoice, Scanner } from "./contract.ts";

declare global {
  var __verdictScanner: Scanner | undefined;
  var __verdict: PageEngine | undefined;
}

const placesMax = 50;
const textCharsMax = 500;

// Frames are asked one by one, from outside: nothing is posted that the page could hear, or answer.
axe.frameMessenger({ open: () => () => undefined, post: () => false });

globalThis.__verdictScanner = { part, finish };

async function part(request: PartRequest): Promise<Part> {
  const context = contextOf(request);
  const options = optionsOf(request.rules);
  const result = await axe.runPartial(context, options);
  // Asking for frames costs a second walk through the document.
  const frames = result.frames.length > 0 ? framesOf(context, options) : [];
  return { result, frames, lookedAt: performance.now() };
}

function engine(): PageEngine {
  if (globalThis.__verdict) return globalThis.__verdict;
  throw new Error("the page engine is not there");
}

function contextOf({ elementToken, exclude, context }: PartRequest): axe.ElementContext {
  const element = elementToken === null ? undefined : engine().elements.get(elementToken);
  const left = exclude.flatMap((parts) => engine().find(parts));
  const given = (context ?? { include: [element ?? document] }) as axe.ContextObject;
  const before = Array.isArray(given.exclude) ? given.exclude : [];
  return { ...given, exclude: [...before, ...left] } as axe.ElementContext;
}

function framesOf(context: axe.ElementContext, options: axe.RunOptions): Part["frames"] {
  return axe.utils.getFrameContexts(context, options).map(({ frameSelector, frameContext }) => {
    const frame = axe.utils.shadowSelect(frameSelector);
    if (!frame) return { token: null, context: frameContext };
    const { elements } = engine();
    const token = `axe${elements.size}`;
    elements.set(token, frame);
    return { token, context: frameContext };
  });
}

function optionsOf({ tags, withRules, withoutRules }: RuleChoice): axe.RunOptions {
  return {
    runOnly: { type: "tag", values: [...tags] },
    rules: Object.fromEntries([
      ...withRules.map((rule) => [rule, { enabled: true }]),
      ...withoutRules.map((rule) => [rule, { enabled: false }]),
    ]),
    resultTypes: ["violations", "incomplete"],
  };
}

async function finish(parts: readonly unknown[], rules: RuleChoice): Promise<Findings> {
  const results = await axe.finishRun(parts as axe.PartialResults, optionsOf(rules));
  return {
    engine: `axe-core ${results.testEngine.version}`,
    violations: results.violations.map(ruleResult).sort(byImpact),
    incomplete: results.incomplete.map(ruleResult),
    passes: results.passes.map(({ id }) => id),
  };
}

function ruleResult({ id, impact, tags, help, helpUrl, nodes }: axe.Result): RuleResult {
  return {
    rule: id,
    impact: impacts.find((known) => known === impact) ?? null,
    criteria: criteriaOf(tags),
    help,
    helpUrl: helpUrl.split("?")[0] ?? helpUrl,
    count: nodes.length,
    places: nodes.slice(0, placesMax).map(placeOf),
  };
}

/** What hinders most comes first. */
function byImpact(a: RuleResult, b: RuleResult): number {
  return rank(b) - rank(a);
}

function rank({ impact }: RuleResult): number {
  return impact === null ? impacts.length : impacts.indexOf(impact);
}

function placeOf({ target, html, failureSummary }: axe.NodeResult): CheckedPlace {
  return { locator: locatorOf(target), html: withoutValue(html), summary: oneLine(failureSummary ?? "") };
}

/** Frames from the outside to the inside, the element last; a list among them leads through shadow roots. */
function locatorOf(target: axe.UnlabelledFrameSelector): string {
  const parts = target.map((part) => (typeof part === "string" ? part : part.join(" >> css=")));
  const frames = parts.slice(0, -1).map((part) => `${framed(part)} >> `);
  return `${frames.join("")}css=${parts.at(-1) ?? ""}`.slice(0, textCharsMax);
}

function framed(part: string): string {
  const at = part.lastIndexOf(" >> css=");
  if (at < 0) return `frame=${part}`;
  return `css=${part.slice(0, at)} >> frame=${part.slice(at + " >> css=".length)}`;
}

/** What a field holds may be a secret. */
function withoutValue(html: string): string {
  return html.replace(/(\svalue=)("[^"]*"|'[^']*')/gi, '$1"…"').slice(0, textCharsMax);
}

/** `Fix any of the following:\n  a\n  b` as one line. */
function oneLine(summary: string): string {
  return summary
    .replace(/:\n\s*/g, ": ")
    .replace(/\n\s*\n\s*/g, ". ")
    .replace(/\n\s*/g, "; ")
    .slice(0, textCharsMax);
}
