import type { ResolvedTarget } from "../../db/domain/events.ts";
import { limits } from "../../db/domain/limits.ts";
import { type LocatorPart, parseLocator } from "../../db/domain/locators.ts";
import type { StepOf } from "../../db/domain/steps/index.ts";
import { asSource } from "./ask.ts";
import type { AttemptContext } from "./context.ts";
import type { Deadline } from "./deadline.ts";
import type { Realm } from "./documents.ts";
import { seek } from "./engine.ts";
import { evaluateIn, exceptionText, notResponding } from "./evaluate.ts";
import { StepFailure } from "./failure.ts";
import { type Box, type Place, pageBox, pagePoint, release, resolvePlace, topPlace } from "./frames.ts";
import type { PixelBox } from "./pixels/contract.ts";
import { pixels } from "./pixels/pixels.ts";
import { PictureLate, takeExact } from "./screenshots.ts";
import type { Tab } from "./tab.ts";

type Wanted = Pick<StepOf<"expectSnapshot">, "target" | "fullPage" | "mask">;
export type Still = { bytes: Uint8Array; width: number; height: number; target: ResolvedTarget | null };

/** A frame that is not there has nothing to paint over. */
const frameMsMax = 200;

/** Locators of one document, and the way to it. */
type Masked = { place: Place; parts: LocatorPart[][] };

/**
 * A picture of the page, or of an element, as it looks when it rests: animations and caret stilled in every frame, what is masked
 * painted over, fields that got a secret black. What the page's scripts draw goes on.
 * @param deadlines `find`: until when the element has to be there; `take`: until when the picture has to be
 * @throws StepFailure when there is no such element, a mask is no locator, or the page does not answer
 */
export async function takeStill(
  browser: AttemptContext,
  wanted: Wanted,
  { find, take: deadline }: { find: Deadline; take: Deadline },
): Promise<Still> {
  const { tab } = browser;
  const masked = await maskedIn(tab, wanted.mask ?? [], deadline);
  if (wanted.target !== undefined) await scrollTo(tab, wanted.target, find);
  try {
    const boxes = await hold(tab, masked, deadline);
    const { clip, target } = await areaOf(tab, wanted, deadline);
    const area = clip ? { clip } : { fullPage: wanted.fullPage ?? false };
    const picture = await takeExact(tab, area, deadline).catch((error: unknown) => {
      throw error instanceof PictureLate ? notResponding(deadline.timeoutMs) : error;
    });
    const { width, height, corner } = picture;
    const painted = boxes.map((box) => inPicture(box, corner, browser.viewport.deviceScaleFactor ?? 1));
    const bytes = await paintedOver(picture.bytes, painted, { width, height });
    return { bytes, width, height, target };
  } finally {
    for (const { place } of masked) release(place);
    letGo(tab);
  }
}

async function paintedOver(
  bytes: Uint8Array,
  boxes: readonly PixelBox[],
  { width, height }: { width: number; height: number },
): Promise<Uint8Array> {
  const seen = boxes.filter(
    (box) => box.x < width && box.y < height && box.x + box.width > 0 && box.y + box.height > 0,
  );
  // A picture that nothing has to be painted over in stays as the browser has made it.
  return seen.length === 0 ? bytes : pixels.ask({ kind: "paint", picture: bytes, boxes: seen });
}

function inPicture(box: Box, corner: { x: number; y: number }, scale: number): PixelBox {
  return {
    x: (box.x - corner.x) * scale,
    y: (box.y - corner.y) * scale,
    width: box.width * scale,
    height: box.height * scale,
  };
}

async function maskedIn(tab: Tab, sources: readonly string[], deadline: Deadline): Promise<Masked[]> {
  const top: Masked = { place: topPlace(tab), parts: [] };
  const masked = [top];
  for (const source of sources) {
    const parts = partsOf(source);
    const inside = parts.findLastIndex((part) => part.kind === "frame") + 1;
    if (inside === 0) {
      top.parts.push(parts);
      continue;
    }
    const place = await placeOf(tab, parts.slice(0, inside), deadline.within(frameMsMax));
    if (place) masked.push({ place, parts: [parts.slice(inside)] });
  }
  return masked;
}

function partsOf(source: string): LocatorPart[] {
  try {
    return parseLocator(source).parts;
  } catch (error) {
    // Its references are replaced now, and may have made it wrong.
    throw new StepFailure("invalid-locator", `mask: ${error instanceof Error ? error.message : source}`);
  }
}

async function placeOf(tab: Tab, frames: LocatorPart[], deadline: Deadline): Promise<Place | null> {
  try {
    return await resolvePlace(tab, frames, deadline);
  } catch (error) {
    if (error instanceof StepFailure && /not-found$|^timeout$/.test(error.code)) return null;
    throw error;
  }
}

/** Waits for the element: the page is not held before it is there. */
async function scrollTo(tab: Tab, target: NonNullable<Wanted["target"]>, deadline: Deadline): Promise<void> {
  const want = { kind: "act", act: { type: "scrollIntoView" }, position: null } as const;
  const { place, answer } = await seek(tab, target, want, deadline);
  const { box } = answer;
  if (!box || box.width < 1 || box.height < 1) {
    release(place);
    throw new StepFailure("not-visible", "the element has no size, so there is nothing to picture");
  }
  // Its frame as well: the middle of what is seen of an element is sure to be in view, its corner may not be.
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  if (place.owners.length > 0) await pagePoint(place, middle, deadline);
  release(place);
}

/** Holds every frame still, and says where in the view of the page the masked elements are. */
async function hold(tab: Tab, masked: readonly Masked[], deadline: Deadline): Promise<Box[]> {
  const top = await tab.documents.realm("engine", tab.mainFrameId, deadline);
  const others = tab.documents.present("engine").filter(({ frameId }) => frameId !== top.frameId);
  // All of them answer, or there is no picture: one that does not may show a secret.
  const [inTop = []] = await Promise.all([
    still(top, masked[0]?.parts ?? [], deadline),
    ...others.map((realm) => still(realm, [], deadline)),
  ]);
  const boxes = [...inTop];
  for (const { place, parts } of masked.slice(1)) {
    const realm = await tab.documents.realm("engine", place.frameId, deadline);
    const inFrame = await Promise.all(
      (await still(realm, parts, deadline)).map((box) => pageBox(place, box, deadline)),
    );
    boxes.push(...inFrame.filter((box) => box !== null));
  }
  return boxes;
}

async function still(realm: Realm, parts: LocatorPart[][], deadline: Deadline): Promise<Box[]> {
  const call = `__verdict.still(${asSource(parts)}, ${limits.snapshotMasksMax})`;
  const answer = await evaluateIn(realm, call, deadline);
  // The next picture is one of the document that has come.
  if (answer.gone) return [];
  if (!answer.exception) return answer.result.value as Box[];
  const thrown = exceptionText(answer.exception);
  if (/__verdict is not defined/.test(thrown)) return [];
  if (/is no (CSS selector|XPath)|can't be looked for/.test(thrown)) {
    throw new StepFailure("invalid-locator", `mask: ${thrown.replace(/^\w+: /, "")}`);
  }
  throw new Error(`the page could not be held still: ${thrown}`);
}

function letGo(tab: Tab): void {
  if (tab.isClosed) return;
  for (const sent of tab.documents.evaluateEverywhere("globalThis.__verdict?.move()", "engine")) void sent;
}

/** Where the element is now, in whole pixels: a part of one would blur all of the picture. */
async function areaOf(
  tab: Tab,
  { target }: Wanted,
  deadline: Deadline,
): Promise<{ clip: Box | null; target: ResolvedTarget | null }> {
  if (target === undefined) return { clip: null, target: null };
  const found = await seek(tab, target, { kind: "element" }, deadline);
  release(found.place);
  const box = found.target?.box;
  if (!box || box.width < 1 || box.height < 1) {
    throw new StepFailure("not-visible", "the element has no size, so there is nothing to picture");
  }
  const [x, y] = [Math.floor(box.x), Math.floor(box.y)];
  const clip = { x, y, width: Math.ceil(box.x + box.width) - x, height: Math.ceil(box.y + box.height) - y };
  return { clip, target: found.target };
}
