import type { Script } from "webdriver-bidi-protocol";
import type { FirefoxPage } from "./page.ts";

type Point = { x: number; y: number };
/** A frame, where the view of its document begins in the view of the page, and how much larger it is shown there. */
type FrameAt = Point & { id: string; scaleX: number; scaleY: number };

const framesDeepMax = 10;

/** The frame element at a point, if there is one: the document in it, its corner in the view around, and its scale. */
const atPoint = `(x, y) => {
  let at = document.elementFromPoint(x, y);
  while (at?.shadowRoot) {
    const inner = at.shadowRoot.elementFromPoint(x, y);
    if (!inner || inner === at) break;
    at = inner;
  }
  if (!(at instanceof HTMLIFrameElement)) return null;
  const box = at.getBoundingClientRect();
  const style = getComputedStyle(at);
  const scaleX = at.offsetWidth ? box.width / at.offsetWidth : 1;
  const scaleY = at.offsetHeight ? box.height / at.offsetHeight : 1;
  const left = (at.clientLeft + parseFloat(style.paddingLeft)) * scaleX;
  const top = (at.clientTop + parseFloat(style.paddingTop)) * scaleY;
  return [at.contentWindow, box.x + left, box.y + top, scaleX, scaleY];
}`;

const withFocus = `() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at instanceof HTMLIFrameElement ? [at.contentWindow] : null;
}`;

/**
 * Whom a press at a point of the page is to be given to. Firefox gives it to the process of the document that it is asked for,
 * and to no other: where a page holds frames of other sites, it is asked for the frame.
 */
export async function frameAt(page: FirefoxPage, point: Point): Promise<FrameAt> {
  let at: FrameAt = { id: page.id, x: 0, y: 0, scaleX: 1, scaleY: 1 };
  if (!hasForeignFrames(page)) return at;
  for (let depth = 0; depth < framesDeepMax; depth++) {
    const { x, y } = insideOf(at, point);
    const [frame, left, top, scaleX, scaleY] = await ask(page, at.id, atPoint, [x, y]);
    if (frame?.type !== "window") break;
    at = {
      id: frame.value.context,
      x: at.x + numberOf(left) * at.scaleX,
      y: at.y + numberOf(top) * at.scaleY,
      scaleX: at.scaleX * numberOf(scaleX),
      scaleY: at.scaleY * numberOf(scaleY),
    };
  }
  return at;
}

/** Whom keys are to be given to: the frame that has the focus. */
export async function frameWithFocus(page: FirefoxPage): Promise<string> {
  let id = page.id;
  if (!hasForeignFrames(page)) return id;
  for (let depth = 0; depth < framesDeepMax; depth++) {
    const [frame] = await ask(page, id, withFocus, []);
    if (frame?.type !== "window") break;
    id = frame.value.context;
  }
  return id;
}

/** A point of the page in the view of a frame, in whole pixels. */
export function insideOf({ x, y, scaleX, scaleY }: FrameAt, point: Point): Point {
  return { x: Math.round((point.x - x) / scaleX), y: Math.round((point.y - y) / scaleY) };
}

async function ask(
  page: FirefoxPage,
  context: string,
  functionDeclaration: string,
  values: readonly number[],
): Promise<Script.RemoteValue[]> {
  const answer = await page.context.browser.connection.send("script.callFunction", {
    functionDeclaration,
    arguments: values.map((value) => ({ type: "number", value })),
    target: { context, sandbox: "verdict" },
    awaitPromise: false,
  });
  return answer.type === "success" && answer.result.type === "array" ? (answer.result.value ?? []) : [];
}

function numberOf(value: Script.RemoteValue | undefined): number {
  return value?.type === "number" ? Number(value.value) : 0;
}

/** By scheme and host, which is finer than what Firefox parts processes by: to be asked once too often does no harm. */
function hasForeignFrames({ frames, id }: FirefoxPage): boolean {
  const own = siteOf(frames.get(id)?.url);
  return [...frames.values()].some(({ url }) => ![own, "about:"].includes(siteOf(url)));
}

function siteOf(url: string | undefined): string {
  const parsed = URL.parse(url ?? "about:blank");
  return parsed === null || parsed.hostname === "" ? "about:" : `${parsed.protocol}${parsed.hostname}`;
}
