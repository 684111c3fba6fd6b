import type { ResolvedTarget } from "../../db/domain/events.ts";
import { LocatorError, parseLocator } from "../../db/domain/locators.ts";
import { locatorsOf, type Target } from "../../db/domain/steps/fields.ts";
import { ask } from "./ask.ts";
import { Deadline } from "./deadline.ts";
import { StepFailure } from "./failure.ts";
import { type Box, type Place, pageBox, resolvePlace, topPlace } from "./frames.ts";
import type { PageLocator, PageReply, Want } from "./page/contract.ts";
import type { Tab } from "./tab.ts";

export type Answer = Extract<PageReply, { ok: true }>;
export type Found = { answer: Answer; place: Place; target: ResolvedTarget | null };

/** Alternatives that are meant in the same document: `frames` leads to it. */
type Group = { frames: PageLocator["parts"]; locators: PageLocator[] };

/** How long one of several documents is looked into before the next one is. */
const turnMs = 250;
const lastBoxMs = 500;

/**
 * Asks the page, waiting inside it, until what is wanted holds.
 * @throws StepFailure with what the page saw, when it does not hold until the deadline.
 */
export async function seek(tab: Tab, target: Target, want: Want, deadline: Deadline): Promise<Found> {
  const groups = groupsOf(target);
  const [only] = groups;
  if (only && groups.length === 1) return seekIn(tab, only, want, deadline);
  return holdsWithoutElement(want)
    ? seekInAll(tab, groups, want, deadline)
    : seekInAny(tab, groups, want, deadline);
}

/** Asks the main document about itself: its address or title. */
export async function askPage(tab: Tab, want: Want, deadline: Deadline): Promise<Answer> {
  return succeeded(await ask(tab, tab.mainFrameId, [], want, deadline));
}

async function seekIn(tab: Tab, group: Group, want: Want, deadline: Deadline): Promise<Found> {
  for (;;) {
    const place = await placeOf(tab, group, want, deadline);
    if (place === null) return { answer: nothing, place: topPlace(tab), target: null };
    const reply = await ask(tab, place.frameId, group.locators, want, deadline, group.frames.length > 0);
    // The frame itself was replaced by another one: find it again.
    if (reply === "frame-gone") continue;
    const target = resolved(reply);
    if (target?.box && place.owners.length > 0) {
      target.box = reply.ok
        ? await pageBox(place, target.box, deadline)
        : await lastBox(place, target.box, deadline);
    }
    const answer = succeeded(reply, target);
    if (group.frames.length === 0) tab.lookedAt = answer.box;
    return { answer, place, target };
  }
}

/** As `pageBox`, when the time of the step is up: its failure is told, with the box or without it. */
function lastBox(place: Place, box: Box, { signal }: Deadline): Promise<Box | null> {
  return pageBox(place, box, new Deadline(lastBoxMs, signal)).catch(() => null);
}

/** The frame of a group; null when it is not there and that is as good as what is wanted. */
async function placeOf(tab: Tab, group: Group, want: Want, deadline: Deadline): Promise<Place | null> {
  if (group.frames.length === 0) return topPlace(tab);
  if (!holdsWithoutElement(want)) return resolvePlace(tab, group.frames, deadline);
  try {
    return await resolvePlace(tab, group.frames, deadline.within(100));
  } catch (error) {
    // Only a document that was looked at and has no such frame counts; one that is loading is asked again.
    if (error instanceof StepFailure && error.code.endsWith("not-found")) return null;
    if (error instanceof StepFailure && error.code === "timeout" && !deadline.isOver) {
      return placeOf(tab, group, want, deadline);
    }
    throw error;
  }
}

/** Several documents, one of which must have it: they take turns until the deadline. */
async function seekInAny(tab: Tab, groups: Group[], want: Want, deadline: Deadline): Promise<Found> {
  for (;;) {
    let failure: StepFailure | null = null;
    for (const group of groups) {
      try {
        return await seekIn(tab, group, want, deadline.within(turnMs));
      } catch (error) {
        if (!(error instanceof StepFailure) || tab.isClosed) throw error;
        failure ??= error;
      }
    }
    if (deadline.isOver && failure) {
      throw new StepFailure(
        failure.code,
        `${failure.message} (in turns over ${groups.length} documents, ${deadline.timeoutMs} ms)`,
        failure.detail,
        { target: failure.target },
      );
    }
  }
}

/** Several documents, none of which may have it. */
async function seekInAll(tab: Tab, groups: Group[], want: Want, deadline: Deadline): Promise<Found> {
  let found: Found | null = null;
  for (const group of groups) found = await seekIn(tab, group, want, deadline);
  if (!found) throw new StepFailure("invalid-locator", "the target has no locator");
  return found;
}

/** Whether what is wanted holds when there is no such element at all. */
function holdsWithoutElement(want: Want): boolean {
  if (want.kind === "state") {
    const isAbsent = want.state === "hidden" || want.state === "detached";
    const isPresent = want.state === "visible" || want.state === "attached";
    return (isAbsent && !want.not) || (isPresent && want.not);
  }
  if (want.kind !== "count") return false;
  const zero = { "==": 0 === want.count, ">=": 0 >= want.count, "<=": true, ">": false, "<": 0 < want.count };
  return zero[want.comparison] !== want.not;
}

/** What a document that is not there answers to being asked for an absence. */
const nothing: Answer = {
  ok: true,
  locator: null,
  matches: 0,
  box: null,
  point: null,
  done: false,
  waited: false,
  text: null,
  elementToken: null,
};

function succeeded(reply: PageReply | "frame-gone", target: ResolvedTarget | null = null): Answer {
  if (reply === "frame-gone") throw new StepFailure("timeout", "the frame went away");
  if (reply.ok) return reply;
  throw new StepFailure(reply.failure.code, reply.failure.message, reply.failure.detail, { target });
}

function resolved(reply: PageReply): ResolvedTarget | null {
  const { locator, matches, box } = reply.ok
    ? reply
    : { matches: 1, locator: null, box: null, ...reply.found };
  return locator === null ? null : { locator: locator.source, index: locator.index, matches, box };
}

/** The locators by the document they are meant in, in their order; those of one document are asked for together. */
function groupsOf(target: Target): Group[] {
  const groups = new Map<string, Group>();
  for (const [index, source] of locatorsOf(target).entries()) {
    const { parts } = parse(source);
    const inside = parts.findLastIndex((part) => part.kind === "frame") + 1;
    const frames = parts.slice(0, inside);
    const key = JSON.stringify(frames);
    const group = groups.get(key) ?? { frames, locators: [] };
    group.locators.push({ index, source, parts: parts.slice(inside) });
    groups.set(key, group);
  }
  return [...groups.values()];
}

function parse(source: string) {
  try {
    return parseLocator(source);
  } catch (error) {
    if (error instanceof LocatorError) throw new StepFailure("invalid-locator", error.message);
    throw error;
  }
}
