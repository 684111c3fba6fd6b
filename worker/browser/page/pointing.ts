import type { LocatorPart } from "../../../db/domain/locators.ts";
import { quote } from "../../../db/domain/locators.ts";
import { describing } from "./describe.ts";
import { boxOf } from "./hit.ts";
import { locate } from "./locate.ts";
import { outline } from "./outline.ts";
import type { Glance } from "./query.ts";
import { closest } from "./tree.ts";

export type PageBox = { x: number; y: number; width: number; height: number };

/** What a person points at. With a `frame` it is the element that holds one: what is meant is inside of it. */
export type Pointed = {
  element: string;
  box: PageBox;
  locators: { locator: string; matches: number }[];
  frame: { token: string; source: string; x: number; y: number } | null;
};

const locatorsMax = 8;
const boxesMax = 50;
/** What is meant by pointing at a part of it. */
const meant = "a,button,input,select,textarea,summary,option,[role],[onclick],[tabindex],[contenteditable]";

/** The element at a point of this document's view; null where there is none. */
export function pointAt(
  glance: Glance,
  x: number,
  y: number,
  keep: (element: Element) => string,
): Pointed | null {
  let hit = document.elementFromPoint(x, y);
  for (let inner = hit; inner?.shadowRoot; hit = inner) {
    const deeper: Element | null = inner.shadowRoot.elementFromPoint(x, y);
    if (!deeper || deeper === inner) break;
    inner = deeper;
    hit = inner;
  }
  if (!hit) return null;
  if (hit instanceof HTMLIFrameElement)
    return { ...described(glance, hit), frame: frameOf(glance, hit, keep) };
  return { ...described(glance, closest(hit, meant) ?? hit), frame: null };
}

function described(glance: Glance, element: Element): Omit<Pointed, "frame"> {
  const locators = [...describing(glance, element), ...byPath(element)]
    .slice(0, locatorsMax)
    .map(({ source, part }) => ({ locator: source, found: locate(glance, [part]) }))
    .filter(({ found }) => found.includes(element))
    .map(({ locator, found }) => ({ locator, matches: found.length }));
  // In their order, but what means only this element goes before what means others as well.
  const ranked = [
    ...locators.filter(({ matches }) => matches === 1),
    ...locators.filter(({ matches }) => matches > 1),
  ];
  return { element: outline(element), box: boxOf(element), locators: ranked };
}

function frameOf(
  glance: Glance,
  frame: HTMLIFrameElement,
  keep: (element: Element) => string,
): NonNullable<Pointed["frame"]> {
  const { x, y } = frame.getBoundingClientRect();
  const style = getComputedStyle(frame);
  const all = glance.query(document, "iframe,frame");
  const name = frame.getAttribute("name");
  const selectors = [
    ...(frame.id ? [`#${CSS.escape(frame.id)}`] : []),
    ...(name ? [`iframe[name=${quote(name)}]`] : []),
  ];
  const unique = selectors.find((selector) => glance.query(document, selector).length === 1);
  return {
    token: keep(frame),
    source: `frame=${unique ?? all.indexOf(frame)}`,
    x: x + frame.clientLeft + Number.parseFloat(style.paddingLeft),
    y: y + frame.clientTop + Number.parseFloat(style.paddingTop),
  };
}

/** By its place: the last resort, which changes with the page. Not across shadow roots. */
function* byPath(element: Element): Generator<{ source: string; part: LocatorPart }> {
  if (element.getRootNode() !== document) return;
  const steps: string[] = [];
  for (let at: Element | null = element; at && at !== document.documentElement; at = at.parentElement) {
    if (at.id && at !== element) {
      steps.unshift(`#${CSS.escape(at.id)}`);
      break;
    }
    const { localName } = at;
    const same = [...(at.parentElement?.children ?? [])].filter((child) => child.localName === localName);
    steps.unshift(same.length > 1 ? `${localName}:nth-of-type(${same.indexOf(at) + 1})` : localName);
  }
  const selector = steps.join(" > ");
  yield { source: `css=${selector}`, part: { kind: "css", selector } };
}

/** The places of all that a locator matches in this document, the first fifty. */
export function boxesOf(
  glance: Glance,
  parts: readonly LocatorPart[],
): { matches: number; boxes: PageBox[] } {
  const found = locate(glance, parts);
  return { matches: found.length, boxes: found.slice(0, boxesMax).map(boxOf) };
}
