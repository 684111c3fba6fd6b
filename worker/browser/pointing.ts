import type { HighlightResult, PickResult } from "../../db/domain/live-view.ts";
import { LocatorError, parseLocator } from "../../db/domain/locators.ts";
import { asSource } from "./ask.ts";
import { Deadline } from "./deadline.ts";
import type { Realm } from "./documents.ts";
import { evaluateIn, exceptionText, sendWithin } from "./evaluate.ts";
import { StepFailure } from "./failure.ts";
import { type Place, type Point, release, releaseObject, resolvePlace, topPlace } from "./frames.ts";
import type { Pointed } from "./page/pointing.ts";
import type { Tab } from "./tab.ts";

const pointMs = 5_000;
const framesDeepMax = 5;

/**
 * The element that a person points at in a paused page, with locators that mean it.
 * @throws StepFailure when there is none, or the page does not answer
 */
export async function pick(tab: Tab, point: Point, signal: AbortSignal): Promise<PickResult> {
  const deadline = new Deadline(pointMs, signal);
  let frameId = tab.mainFrameId;
  let way = "";
  const corner = { x: 0, y: 0 };
  for (let depth = 0; ; depth++) {
    const realm = await tab.documents.realm("engine", frameId, deadline);
    const at = `${point.x - corner.x}, ${point.y - corner.y}`;
    const pointed = (await answerOf(realm, `__verdict.pointAt(${at})`, deadline)) as Pointed | null;
    if (!pointed) throw new StepFailure("target-not-found", "there is no element at this point");
    const { frame, box, element, locators } = pointed;
    const inner = frame && depth < framesDeepMax ? await frameIn(realm, frame.token, deadline) : null;
    if (!frame || inner === null) {
      const moved = { ...box, x: box.x + corner.x, y: box.y + corner.y };
      return {
        element,
        box: moved,
        locators: locators.map(({ locator, matches }) => ({ locator: `${way}${locator}`, matches })),
      };
    }
    frameId = inner;
    way += `${frame.source} >> `;
    corner.x += frame.x;
    corner.y += frame.y;
  }
}

/** What a locator means in the page now. @throws StepFailure `invalid-locator` and what the way to a frame gives */
export async function highlight(tab: Tab, source: string, signal: AbortSignal): Promise<HighlightResult> {
  const deadline = new Deadline(pointMs, signal);
  const parts = partsOf(source);
  const inside = parts.findLastIndex((part) => part.kind === "frame") + 1;
  const place = inside === 0 ? topPlace(tab) : await resolvePlace(tab, parts.slice(0, inside), deadline);
  try {
    const realm = await tab.documents.realm("engine", place.frameId, deadline);
    const expression = `__verdict.boxesOf(${asSource(parts.slice(inside))})`;
    const { matches, boxes } = (await answerOf(realm, expression, deadline)) as HighlightResult;
    const { x, y } = await cornerOf(place, deadline);
    return { matches, boxes: boxes.map((box) => ({ ...box, x: box.x + x, y: box.y + y })) };
  } finally {
    release(place);
  }
}

function partsOf(source: string) {
  try {
    return parseLocator(source).parts;
  } catch (error) {
    if (error instanceof LocatorError) throw new StepFailure("invalid-locator", error.message);
    throw error;
  }
}

async function answerOf(realm: Realm, expression: string, deadline: Deadline): Promise<unknown> {
  const evaluated = await evaluateIn(realm, expression, deadline);
  if (evaluated.gone) throw new StepFailure("timeout", "the page has just changed; try again");
  if (evaluated.exception) throw new StepFailure("invalid-locator", exceptionText(evaluated.exception));
  return evaluated.result.value;
}

/** The frame that an element holds; null when its document can't be looked into. */
async function frameIn(realm: Realm, token: string, deadline: Deadline): Promise<string | null> {
  const expression = `__verdict.elements.get(${asSource(token)})`;
  const found = await evaluateIn(realm, expression, deadline, { returnByValue: false });
  const objectId = found.gone ? undefined : found.result.objectId;
  if (objectId === undefined) return null;
  const { node } = await sendWithin(deadline, realm.session.send("DOM.describeNode", { objectId }));
  releaseObject(realm.session, objectId);
  return node.frameId ?? null;
}

const contentCorner = `function () {
  const { x, y } = this.getBoundingClientRect();
  const style = getComputedStyle(this);
  return { x: x + this.clientLeft + parseFloat(style.paddingLeft), y: y + this.clientTop + parseFloat(style.paddingTop) };
}`;

/** Where the view of a frame begins in the view of the page, without scrolling anything. */
async function cornerOf({ owners }: Place, deadline: Deadline): Promise<Point> {
  const corner = { x: 0, y: 0 };
  for (const { realm, objectId } of owners) {
    const { result } = await sendWithin(
      deadline,
      realm.session.send("Runtime.callFunctionOn", {
        functionDeclaration: contentCorner,
        objectId,
        returnByValue: true,
      }),
    );
    const { x, y } = result.value as Point;
    corner.x += x;
    corner.y += y;
  }
  return corner;
}
