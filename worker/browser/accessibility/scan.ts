import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseLocator } from "../../../db/domain/locators.ts";
import { asSource } from "../ask.ts";
import type { Deadline } from "../deadline.ts";
import type { Realm } from "../documents.ts";
import { evaluateIn, exceptionText, isGone, sendWithin } from "../evaluate.ts";
import { StepFailure } from "../failure.ts";
import { release, releaseObject, resolvePlace } from "../frames.ts";
import { bundled } from "../page/bundle.ts";
import type { Tab } from "../tab.ts";
import type { Findings, Part, PartRequest, RuleChoice } from "./contract.ts";

/** Advertisements come in frames within frames; the rest of them is counted. */
const framesMax = 50;
/** A frame that has no document yet is not waited for longer. */
const frameMsMax = 1_000;

/** What is looked at: a frame and, in it, an element by its token or all of the document. */
export type ScanPlace = { frameId: string; elementToken: string | null };
export type ScanRequest = { place: ScanPlace; exclude: readonly string[]; rules: RuleChoice };
/** `null`: the document went away meanwhile. `realm` and `lookedAt` say what was looked at, and when by its own clock. */
export type Scanned = { findings: Findings; framesLeftOut: number; realm: Realm; lookedAt: number } | null;

type Excluded = Map<string, PartRequest["exclude"][number][]>;
type Open = { frameId: string; elementToken: string | null; context: unknown };

let script: string | undefined;

function scannerScript(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  script ??= bundled(join(here, "scanner.ts"), { minify: true });
  return script;
}

/**
 * One look of axe-core at a document and the frames in it, those of other sites included. It runs in the isolated world, where
 * the page can neither see it nor change its answer.
 * @throws StepFailure `invalid-locator`, `unknown-rule`, `page-not-responding`
 */
export async function scan(tab: Tab, request: ScanRequest, deadline: Deadline): Promise<Scanned> {
  const excluded = await excludedIn(tab, request.exclude, deadline);
  const { frameId, elementToken } = request.place;
  const top = await tab.documents.realm("engine", frameId, deadline);
  const parts: unknown[] = [];
  const open: Open[] = [{ frameId, elementToken, context: null }];
  let left = 0;
  let lookedAt = 0;
  for (let next = open.shift(); next; next = open.shift()) {
    const isTop = parts.length === 0;
    const part = parts.length < framesMax ? await partOf(tab, next, excluded, request.rules, deadline) : null;
    if (isTop && part === null) return null;
    if (isTop) lookedAt = part?.lookedAt ?? 0;
    // A frame that did not answer has a place of its own: axe-core goes by the order.
    parts.push(part?.result ?? null);
    if (part === null) left++;
    // Depth first, in the order of the document.
    open.unshift(...(await framesOf(tab, next.frameId, part, deadline)));
  }
  const finished = await inScanner(top, `finish(${asSource(parts)}, ${asSource(request.rules)})`, deadline);
  if (finished === null) return null;
  return { findings: finished as Findings, framesLeftOut: left, realm: top, lookedAt };
}

/** What is left out, by the frame that it is in. A frame that is not there has nothing to leave out. */
async function excludedIn(tab: Tab, sources: readonly string[], deadline: Deadline): Promise<Excluded> {
  const excluded: Excluded = new Map();
  for (const source of sources) {
    const { parts } = parseLocator(source);
    const inside = parts.findLastIndex((part) => part.kind === "frame") + 1;
    const frameId =
      inside === 0 ? tab.mainFrameId : await frameIdOf(tab, parts.slice(0, inside), deadline.within(200));
    if (frameId === null) continue;
    excluded.set(frameId, [...(excluded.get(frameId) ?? []), parts.slice(inside)]);
  }
  return excluded;
}

async function frameIdOf(
  tab: Tab,
  frames: Parameters<typeof resolvePlace>[1],
  deadline: Deadline,
): Promise<string | null> {
  try {
    const place = await resolvePlace(tab, frames, deadline);
    release(place);
    return place.frameId;
  } catch (error) {
    if (error instanceof StepFailure && /not-found$|^timeout$/.test(error.code)) return null;
    throw error;
  }
}

async function partOf(
  tab: Tab,
  { frameId, elementToken, context }: Open,
  excluded: Excluded,
  rules: RuleChoice,
  deadline: Deadline,
): Promise<Part | null> {
  const isFrame = context !== null;
  if (frameId === "") return null;
  try {
    const realm = await tab.documents.realm(
      "engine",
      frameId,
      isFrame ? deadline.within(frameMsMax) : deadline,
    );
    const request: PartRequest = { rules, elementToken, context, exclude: excluded.get(frameId) ?? [] };
    return (await inScanner(realm, `part(${asSource(request)})`, deadline)) as Part | null;
  } catch (error) {
    if (isFrame && error instanceof StepFailure && error.code === "timeout") return null;
    throw error;
  }
}

async function framesOf(tab: Tab, frameId: string, part: Part | null, deadline: Deadline): Promise<Open[]> {
  if (!part || part.frames.length === 0) return [];
  const realm = await tab.documents.realm("engine", frameId, deadline);
  const frames: Open[] = [];
  for (const { token, context } of part.frames) {
    const inner = token === null ? null : await contentOf(realm, token, deadline);
    frames.push({ frameId: inner ?? "", elementToken: null, context });
  }
  return frames;
}

async function contentOf(realm: Realm, token: string, deadline: Deadline): Promise<string | null> {
  const expression = `__verdict.elements.get(${asSource(token)})`;
  const found = await evaluateIn(realm, expression, deadline, { returnByValue: false });
  if (found.gone || !found.result.objectId) return null;
  const { objectId } = found.result;
  try {
    const { node } = await sendWithin(deadline, realm.session.send("DOM.describeNode", { objectId }));
    return node.frameId ?? null;
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  } finally {
    releaseObject(realm.session, objectId);
  }
}

/** What a call of the scanner gives, put into the document when it is not there; null when the document is gone. */
async function inScanner(realm: Realm, call: string, deadline: Deadline): Promise<unknown> {
  const has = await evaluateIn(realm, "globalThis.__verdictScanner !== undefined", deadline);
  if (has.gone) return null;
  if (has.result.value !== true) {
    const put = await evaluateIn(realm, `${scannerScript()};0`, deadline);
    if (put.gone) return null;
    if (put.exception) throw new Error(`axe-core could not be started: ${exceptionText(put.exception)}`);
  }
  const answer = await evaluateIn(realm, `__verdictScanner.${call}`, deadline);
  if (answer.gone) return null;
  if (!answer.exception) return answer.result.value;
  const thrown = exceptionText(answer.exception);
  const unknown = /unknown rule `([^`]*)`/.exec(thrown);
  if (unknown)
    throw new StepFailure("unknown-rule", `withRules, withoutRules: axe-core has no rule "${unknown[1]}"`);
  if (/is no (CSS selector|XPath)/.test(thrown)) {
    throw new StepFailure("invalid-locator", `exclude: ${thrown.replace(/^\w+: /, "")}`);
  }
  throw new Error(`axe-core failed: ${thrown}`);
}
