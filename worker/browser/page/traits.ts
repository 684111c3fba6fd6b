import { heldBy } from "./acts.ts";
import { ariaFault } from "./aria-match.ts";
import { isAlike, propertyOf, unmet } from "./conditions.ts";
import type { Want } from "./contract.ts";
import { shownTexts } from "./element-text.ts";
import type { Fault } from "./fault.ts";
import { hasFocus } from "./fill.ts";
import { outline } from "./outline.ts";
import type { Glance } from "./query.ts";
import type { Found } from "./resolve.ts";
import { controlOf, whyDisabled, whyReadOnly } from "./states.ts";
import { compile, expectationTest, expectationWords, shown } from "./text.ts";

type WantOf<K extends Want["kind"]> = Extract<Want, { kind: K }>;

/** What is asked of one element beyond its state, text, value and attributes. */
export type TraitWant = WantOf<"property" | "class" | "css" | "inViewport" | "aria">;

export function traitFault(want: TraitWant, found: Found, glance: Glance): Fault | null {
  switch (want.kind) {
    case "property":
      return propertyFault(want, found);
    case "class":
      return classFault(want, found);
    case "css":
      return cssFault(want, found);
    case "inViewport":
      return viewportFault(want, found);
    case "aria":
      return ariaFault(want, found, glance);
  }
}

/** What was expected of an element that is not there. */
export function traitWords(want: TraitWant): string {
  switch (want.kind) {
    case "property":
      return `to have property ${want.property}`;
    case "class":
      return `to have class ${shown(want.expected.text)}`;
    case "css":
      return `to have style ${want.property} ${expectationWords(want.expected, want.not)}`;
    case "inViewport":
      return `${want.not ? "not " : ""}to be in view`;
    case "aria":
      return "to have the structure of the snapshot";
  }
}

function propertyFault(
  { property, value, not }: WantOf<"property">,
  { element, locator }: Found,
): Fault | null {
  const seen = propertyOf(element, property);
  if (isAlike(seen, value) !== not) return null;
  const words = `${not ? "not " : ""}to be ${JSON.stringify(value)}`;
  return unmet(`expected property ${property} of ${locator.source} ${words}, got ${asJson(seen)}`);
}

function asJson(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (value === undefined) return "none";
  if (value instanceof Element) return outline(value);
  try {
    const text = JSON.stringify(value);
    return text.length > 200 ? `${text.slice(0, 199)}…` : text;
  } catch {
    // It goes round in a circle.
    return String(value);
  }
}

function classFault({ expected, not }: WantOf<"class">, { element, locator }: Found): Fault | null {
  const has = [...element.classList];
  const wanted = expected.text.split(/\s+/).filter((name) => name !== "");
  const isMet =
    expected.match === "regex"
      ? compile(expected.text, "").test(element.getAttribute("class") ?? "")
      : wanted.every((name) => has.includes(name)) &&
        (expected.match === "contains" || new Set(wanted).size === has.length);
  if (isMet !== not) return null;
  const words = { contains: "to have class", exact: "to have just the class", regex: "to have a class like" };
  const text = expected.match === "regex" ? `/${expected.text}/` : shown(wanted.join(" "));
  const got = has.length === 0 ? "none" : shown(has.join(" "));
  return unmet(`expected ${locator.source} ${not ? "not " : ""}${words[expected.match]} ${text}, got ${got}`);
}

function cssFault({ property, expected, not }: WantOf<"css">, { element, locator }: Found): Fault | null {
  const value = getComputedStyle(element).getPropertyValue(property).trim();
  if (value !== "" && expectationTest(expected, true)(value) !== not) return null;
  if (value === "" && not) return null;
  const got = value === "" ? "nothing: there is no such property" : shown(value);
  return unmet(
    `expected style ${property} of ${locator.source} ${expectationWords(expected, not)}, got ${got}`,
  );
}

function viewportFault({ ratio, not }: WantOf<"inViewport">, { element, locator }: Found): Fault | null {
  const share = shareInView(element);
  // Boxes end at fractions of pixels.
  const isMet = ratio === null ? share > 0 : share >= ratio - 0.001;
  if (isMet !== not) return null;
  const wanted = ratio === null ? "in view" : `in view by ${Math.round(ratio * 100)} % at least`;
  const seen = share === 0 ? "it is out of view" : `${Math.round(share * 100)} % of it are in view`;
  return unmet(`expected ${locator.source} ${not ? "not " : ""}to be ${wanted}, but ${seen}`);
}

/** The share of the element's area that the viewport, and what scrolls inside of it, leave to be seen. */
function shareInView(element: Element): number {
  const box = element.getBoundingClientRect();
  if (box.width <= 0 || box.height <= 0) return 0;
  let { left, top, right, bottom } = box;
  const clip = (by: { left: number; top: number; right: number; bottom: number }) => {
    left = Math.max(left, by.left);
    top = Math.max(top, by.top);
    right = Math.min(right, by.right);
    bottom = Math.min(bottom, by.bottom);
  };
  for (let at = element.parentElement; at && at !== document.body; at = at.parentElement) {
    const { overflowX, overflowY } = getComputedStyle(at);
    if (at !== document.documentElement && (overflowX !== "visible" || overflowY !== "visible")) {
      clip(at.getBoundingClientRect());
    }
  }
  clip({ left: 0, top: 0, right: innerWidth, bottom: innerHeight });
  return (Math.max(0, right - left) * Math.max(0, bottom - top)) / (box.width * box.height);
}

/** Of a field: that it can be written into, has the focus, holds nothing. */
export function fieldFault(
  { state, not }: { state: "editable" | "focused" | "empty"; not: boolean },
  element: Element,
  name: string,
): Fault | null {
  const control = controlOf(element);
  if (state === "focused") {
    if ((hasFocus(element) || hasFocus(control)) !== not) return null;
    const active = document.activeElement;
    const seen = not
      ? "it has it"
      : active && active !== document.body
        ? `${outline(active)} has it`
        : "nothing has it";
    return unmet(`expected ${name} ${not ? "not " : ""}to have the focus, but ${seen}`);
  }
  if (state === "empty") {
    const held = heldBy(control) ?? shownTexts(element)[0] ?? "";
    if ((held === "") !== not) return null;
    return unmet(
      not
        ? `expected ${name} not to be empty, but it is`
        : `expected ${name} to be empty, got ${shown(held)}`,
    );
  }
  const why = whyNotEditable(control);
  if ((why === null) !== not) return null;
  return unmet(`expected ${name} ${not ? "not " : ""}to be editable, but it ${why ?? "is"}`);
}

function whyNotEditable(control: Element): string | null {
  const isField =
    control.matches(
      "input,textarea,select,[role=textbox],[role=combobox],[role=searchbox],[role=spinbutton]",
    ) ||
    (control instanceof HTMLElement && control.isContentEditable);
  if (!isField) return "is no field";
  return whyDisabled(control) ?? whyReadOnly(control);
}
