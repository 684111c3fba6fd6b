import type { LocatorPart } from "../../db/domain/locators.ts";
import { ask, asSource } from "./ask.ts";
import type { Deadline } from "./deadline.ts";
import type { Realm } from "./documents.ts";
import type { Session } from "./driver/session.ts";
import { evaluateIn, sendWithin } from "./evaluate.ts";
import { StepFailure } from "./failure.ts";
import { type Tab, tabClosed } from "./tab.ts";

/** The element that holds a frame, in the document around it. */
type Owner = { realm: Realm; objectId: string; source: string };

/** A frame and the way to it: the elements that hold it, from the outside to the inside. */
export type Place = { frameId: string; owners: Owner[] };

export type Point = { x: number; y: number };

export function topPlace(tab: Tab): Place {
  return { frameId: tab.mainFrameId, owners: [] };
}

/**
 * The frame that the parts lead to; `frame=` parts say which iframe, those before them where to look for it.
 * @throws StepFailure that names the frame which was not found until the deadline.
 */
export async function resolvePlace(tab: Tab, parts: LocatorPart[], deadline: Deadline): Promise<Place> {
  const owners: Owner[] = [];
  let frameId = tab.mainFrameId;
  let around: LocatorPart[] = [];
  for (const part of parts) {
    if (part.kind !== "frame") {
      around.push(part);
      continue;
    }
    const owner = await ownerOf(tab, frameId, around, part, deadline);
    frameId = await contentOf(owner, deadline);
    owners.push(owner);
    around = [];
  }
  return { frameId, owners };
}

type FramePart = Extract<LocatorPart, { kind: "frame" }>;

async function ownerOf(
  tab: Tab,
  frameId: string,
  around: LocatorPart[],
  part: FramePart,
  deadline: Deadline,
): Promise<Owner> {
  const source = `frame=${part.selector}`;
  for (;;) {
    if (tab.isClosed) throw tabClosed();
    const token = await elementToken(tab, frameId, around, part, deadline);
    const realm = await tab.documents.realm("engine", frameId, deadline);
    const found = await evaluateIn(realm, ownerSource(token, part.index), deadline, { returnByValue: false });
    if (found.gone) {
      tab.documents.forget(realm);
      continue;
    }
    if (found.result.objectId) return { realm, objectId: found.result.objectId, source };
    if (deadline.isOver) {
      throw new StepFailure("target-not-found", `no frame ${source} within ${deadline.timeoutMs} ms`);
    }
    await deadline.sleep(50);
  }
}

/** The engine's name for the element of the frame or, for a numbered frame, for what it is looked for within. */
async function elementToken(
  tab: Tab,
  frameId: string,
  around: LocatorPart[],
  part: FramePart,
  deadline: Deadline,
): Promise<string | null> {
  if (part.index !== null && around.length === 0) return null;
  const parts: LocatorPart[] =
    part.index === null ? [...around, { kind: "css", selector: part.selector }] : around;
  const locator = { index: 0, source: `frame=${part.selector}`, parts };
  const reply = await ask(tab, frameId, [locator], { kind: "element" }, deadline);
  if (reply === "frame-gone") throw new StepFailure("target-not-found", `no frame ${locator.source}`);
  if (!reply.ok) throw new StepFailure(reply.failure.code, reply.failure.message, reply.failure.detail);
  return reply.elementToken;
}

function ownerSource(token: string | null, index: number | null): string {
  const root = token === null ? "document" : `__verdict.elements.get(${asSource(token)})`;
  if (index === null) return root;
  // In the order of the document, open shadow trees included.
  return `(() => {
    const found = [];
    const visit = (root) => {
      for (const element of root.querySelectorAll("*")) {
        if (element.localName === "iframe" || element.localName === "frame") found.push(element);
        if (element.shadowRoot) visit(element.shadowRoot);
      }
    };
    visit(${root});
    return found[${index}] ?? null;
  })()`;
}

async function contentOf(owner: Owner, deadline: Deadline): Promise<string> {
  const { node } = await sendWithin(
    deadline,
    owner.realm.session.send("DOM.describeNode", { objectId: owner.objectId }),
  );
  if (node.frameId) return node.frameId;
  throw new StepFailure(
    "not-a-frame",
    `${owner.source} is a <${node.localName}> element; frame= needs an <iframe> or <frame>`,
  );
}

/** Brings what is at the point into the view of the document around, and says where it is there; null when covered. */
const seen = `function (x, y, timeoutMs) {
  const frame = this;
  const end = performance.now() + timeoutMs;
  const at = () => {
    const box = frame.getBoundingClientRect();
    const style = getComputedStyle(frame);
    const scaleX = frame.offsetWidth ? box.width / frame.offsetWidth : 1;
    const scaleY = frame.offsetHeight ? box.height / frame.offsetHeight : 1;
    return {
      x: box.x + (frame.clientLeft + parseFloat(style.paddingLeft) + x) * scaleX,
      y: box.y + (frame.clientTop + parseFloat(style.paddingTop) + y) * scaleY,
    };
  };
  const isInView = (point) => point.x >= 0 && point.y >= 0 && point.x < innerWidth && point.y < innerHeight;
  const hit = (point) => {
    let root = frame.getRootNode();
    return root.elementFromPoint(point.x, point.y);
  };
  let scrolled = 0;
  return new Promise((resolve) => {
    const look = () => {
      let point = at();
      if (!isInView(point) && scrolled < 2) {
        if (scrolled++ === 0) frame.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
        else scrollBy({ left: point.x - innerWidth / 2, top: point.y - innerHeight / 2, behavior: "instant" });
        point = at();
      }
      const over = isInView(point) ? hit(point) : null;
      if (over === frame) return resolve({ x: point.x, y: point.y, cover: null });
      if (performance.now() >= end) {
        const cover = over ? "<" + over.localName + (over.id ? ' id="' + over.id + '"' : "") + ">" : "";
        return resolve({ x: point.x, y: point.y, cover });
      }
      setTimeout(look, 30);
    };
    look();
  });
}`;

/**
 * A point of a frame's view in the view of the page, for the mouse; the frame is scrolled into view on the way.
 * @throws StepFailure `covered` when something lies over the frame there until the deadline.
 */
export async function pagePoint(place: Place, point: Point, deadline: Deadline): Promise<Point> {
  let current = point;
  for (const owner of place.owners.toReversed()) {
    const { result } = await sendWithin(
      deadline,
      owner.realm.session.send("Runtime.callFunctionOn", {
        functionDeclaration: seen,
        objectId: owner.objectId,
        arguments: [
          { value: current.x },
          { value: current.y },
          { value: Math.max(0, deadline.remainingMs() - 50) },
        ],
        awaitPromise: true,
        returnByValue: true,
      }),
    );
    const answer = result.value as { x: number; y: number; cover: string | null };
    if (answer.cover !== null) {
      throw new StepFailure(
        "covered",
        answer.cover === ""
          ? `the point to press is outside of the view of the document around ${owner.source}`
          : `${answer.cover} lies over ${owner.source}`,
      );
    }
    current = { x: answer.x, y: answer.y };
  }
  return current;
}

export type Box = { x: number; y: number; width: number; height: number };

/** A box of the view of the document in a frame element, in the view of the document around it. */
const around = `function (x, y, width, height) {
  const box = this.getBoundingClientRect();
  const style = getComputedStyle(this);
  const scaleX = this.offsetWidth ? box.width / this.offsetWidth : 1;
  const scaleY = this.offsetHeight ? box.height / this.offsetHeight : 1;
  return {
    x: box.x + (this.clientLeft + parseFloat(style.paddingLeft) + x) * scaleX,
    y: box.y + (this.clientTop + parseFloat(style.paddingTop) + y) * scaleY,
    width: width * scaleX,
    height: height * scaleY,
  };
}`;

/** A box of a frame's view in the view of the page, where pictures show it; null when the frame has gone meanwhile. */
export async function pageBox(place: Place, box: Box, deadline: Deadline): Promise<Box | null> {
  let current = box;
  for (const { realm, objectId } of place.owners.toReversed()) {
    const { x, y, width, height } = current;
    const sent = realm.session.send("Runtime.callFunctionOn", {
      functionDeclaration: around,
      objectId,
      arguments: [x, y, width, height].map((value) => ({ value })),
      returnByValue: true,
    });
    // It is for the picture only: a step does not fail for it.
    const answer = await sendWithin(deadline, sent).catch((error: unknown) => {
      deadline.signal.throwIfAborted();
      if (error instanceof StepFailure) throw error;
      return null;
    });
    if (!answer || answer.exceptionDetails) return null;
    current = answer.result.value as Box;
  }
  return current;
}

/** Lets go of the elements that led to a frame. */
export function release(place: Place): void {
  for (const { realm, objectId } of place.owners) {
    releaseObject(realm.session, objectId);
  }
}

export function releaseObject(session: Session, objectId: string): void {
  // A document that is gone has let go already.
  session.send("Runtime.releaseObject", { objectId }).catch(() => undefined);
}
