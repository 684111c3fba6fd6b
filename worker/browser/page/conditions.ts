import { done, heldBy } from "./acts.ts";
import { addressWords, matchesAddress } from "./address.ts";
import type { Want } from "./contract.ts";
import { shownTexts } from "./element-text.ts";
import type { Fault, Outcome, Success } from "./fault.ts";
import { locate } from "./locate.ts";
import { outline } from "./outline.ts";
import type { Glance } from "./query.ts";
import { type Found, missing, type Resolver, sourceOf } from "./resolve.ts";
import { checkedOf, controlOf, whyDisabled } from "./states.ts";
import { expectationTest, expectationWords, normalise, shown } from "./text.ts";
import { fieldFault, type TraitWant, traitFault, traitWords } from "./traits.ts";
import { isVisible, whyInvisible } from "./visible.ts";

type Asking = {
  glance: Glance;
  resolver: Resolver;
  isLast: boolean;
  keep(element: Element): string;
};

type WantOf<K extends Want["kind"]> = Extract<Want, { kind: K }>;

/** Whether what is wanted holds now. */
export function judge(want: Exclude<Want, { kind: "act" }>, asking: Asking): Outcome {
  switch (want.kind) {
    case "url":
      return address(want);
    case "title":
      return title(want);
    case "count":
      return count(want, asking);
    case "matching":
      return matching(want, asking);
    case "state":
      return state(want, asking);
    default:
      return ofOne(want, asking);
  }
}

function address({ expected, not }: WantOf<"url">): Outcome {
  if (matchesAddress(location.href, expected) !== not) return holds();
  const words = `${not ? "not " : ""}${addressWords(expected)} ${expected.url}`;
  return { fault: unmet(`expected address ${words}, got ${location.href}`) };
}

function title({ expected, not }: WantOf<"title">): Outcome {
  if (expectationTest(foldedText(expected), true)(document.title) !== not) return holds();
  return { fault: unmet(`expected title ${expectationWords(expected, not)}, got ${shown(document.title)}`) };
}

const comparisons = {
  "==": { words: "", test: (seen: number, wanted: number) => seen === wanted },
  ">=": { words: "at least ", test: (seen: number, wanted: number) => seen >= wanted },
  "<=": { words: "at most ", test: (seen: number, wanted: number) => seen <= wanted },
  ">": { words: "more than ", test: (seen: number, wanted: number) => seen > wanted },
  "<": { words: "fewer than ", test: (seen: number, wanted: number) => seen < wanted },
} as const;

function count(want: WantOf<"count">, { glance, resolver }: Asking): Outcome {
  const { locator, elements } = resolver.all(glance);
  const { words, test } = comparisons[want.comparison];
  if (test(elements.length, want.count) !== want.not) return holds(elements.length, locator);
  const expected = `${want.not ? "not " : ""}${words}${want.count} ${want.count === 1 ? "element" : "elements"}`;
  return { fault: unmet(`expected ${expected}, found ${elements.length} of ${sourceOf(resolver.locators)}`) };
}

function matching(want: WantOf<"matching">, { glance, resolver }: Asking): Outcome {
  let best: { matches: number; locator: Found["locator"] | null; nearest: string | null } = {
    matches: 0,
    locator: null,
    nearest: null,
  };
  for (const locator of resolver.locators) {
    const elements = locate(glance, locator.parts);
    const faults = elements.map((element) => whyDifferent(element, want));
    const matches = faults.filter((fault) => fault === null).length;
    best = { matches, locator, nearest: best.nearest ?? faults.find((fault) => fault !== null) ?? null };
    if (matches > 0) break;
  }
  const { words, test } = comparisons[want.comparison];
  if (test(best.matches, want.count)) return holds(best.matches, best.locator);
  const why = best.nearest ? `; ${best.nearest}` : "";
  return {
    fault: unmet(
      `expected ${words}${want.count} of ${sourceOf(resolver.locators)} to be as described, found ${best.matches}${why}`,
    ),
  };
}

function whyDifferent(element: Element, want: WantOf<"matching">): string | null {
  if (want.visible !== null && isVisible(element) !== want.visible) {
    return `${outline(element)} is ${want.visible ? "not visible" : "visible"}`;
  }
  for (const [name, value] of Object.entries(want.attributes)) {
    const seen = element.getAttribute(name);
    if (seen !== value)
      return `${outline(element)} has ${name}=${seen === null ? "nothing" : shown(seen, 80)}`;
  }
  for (const [path, value] of Object.entries(want.properties)) {
    const seen = propertyOf(element, path);
    if (!isAlike(seen, value))
      return `${outline(element)} has the property ${path} ${shown(String(seen), 80)}`;
  }
  return null;
}

/** A property, also of a property: `dataset.state`, `style.color`. */
export function propertyOf(element: Element, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, name) => (value === null || value === undefined ? undefined : Reflect.get(Object(value), name)),
      element,
    );
}

/** Equal, where an object need only have what is asked of it. */
export function isAlike(seen: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null) return seen === wanted;
  if (typeof seen !== "object" || seen === null) return false;
  return Object.entries(wanted).every(([name, value]) => isAlike(Reflect.get(seen, name), value));
}

function state(want: WantOf<"state">, asking: Asking): Outcome {
  switch (want.state) {
    case "visible":
      return want.not ? noneVisible(asking) : ofOne(want, asking);
    case "hidden":
      return want.not ? ofOne({ kind: "state", state: "visible", not: false }, asking) : noneVisible(asking);
    case "attached":
      return want.not ? noneAttached(asking) : ofOne(want, asking);
    case "detached":
      return want.not
        ? ofOne({ kind: "state", state: "attached", not: false }, asking)
        : noneAttached(asking);
    default:
      return ofOne(want, asking);
  }
}

/** Hidden is what is not there, and what is there and not visible; by every locator of the target. */
function noneVisible({ glance, resolver }: Asking): Outcome {
  for (const locator of resolver.locators) {
    const elements = locate(glance, locator.parts);
    const visible = elements.filter(isVisible);
    if (visible.length === 0) continue;
    const seen =
      elements.length === 1 ? "it is visible" : `${visible.length} of ${elements.length} matches are visible`;
    return { fault: unmet(`expected ${locator.source} to be hidden, but ${seen}`) };
  }
  return holds();
}

function noneAttached({ glance, resolver }: Asking): Outcome {
  const { locator, elements } = resolver.all(glance);
  if (!locator) return holds();
  const matches = elements.length === 1 ? "1 element matches" : `${elements.length} elements match`;
  return { fault: unmet(`expected ${locator.source} not to be in the page, but ${matches}`) };
}

type OfOne = WantOf<"element" | "state" | "text" | "value" | "attribute"> | TraitWant;

function ofOne(want: OfOne, asking: Asking): Outcome {
  const found = asking.resolver.one(asking.glance, asking.isLast);
  if ("fault" in found)
    return {
      fault: found.fault.code === "target-not-found" ? absent(want, found.fault, asking) : found.fault,
    };
  const fault = faultOf(want, found, asking.glance);
  return fault ? { fault } : done({ found, keep: asking.keep }, found.element);
}

/** Says what was expected of the element that is not there. */
function absent(want: OfOne, fault: Fault, { glance, resolver }: Asking): Fault {
  const { explain } = missing(glance, resolver.locators);
  const expected = expectedOf(want, sourceOf(resolver.locators));
  const [, ...others] = resolver.locators;
  const seen = others.length === 0 ? "no element matches it" : fault.message;
  const message = expected === null ? fault.message : `expected ${expected}, but ${seen}`;
  return { ...fault, message, ...(explain ? { explain } : {}) };
}

function expectedOf(want: OfOne, name: string): string | null {
  switch (want.kind) {
    case "element":
      return null;
    case "state":
      return `${name} to be ${want.not ? "not " : ""}${want.state}`;
    case "text":
    case "value":
      return `${want.kind} of ${name} ${expectationWords(want.expected, want.not)}`;
    case "attribute":
      return `${name} to have attribute ${want.attribute}`;
    default:
      return `${name} ${traitWords(want)}`;
  }
}

function faultOf(want: OfOne, found: Found, glance: Glance): Fault | null {
  switch (want.kind) {
    case "element":
      return null;
    case "text":
      return textFault(want, found);
    case "value":
      return valueFault(want, found);
    case "attribute":
      return attributeFault(want, found);
    case "state":
      return stateFault(want, found);
    default:
      return traitFault(want, found, glance);
  }
}

/** Either form of the text may be meant, as written or as drawn; with `not`, neither may match. */
function textFault({ expected, not }: WantOf<"text">, { element, locator }: Found): Fault | null {
  const texts = shownTexts(element);
  if (texts.some(expectationTest(foldedText(expected), true)) !== not) return null;
  return unmet(
    `expected text of ${locator.source} ${expectationWords(expected, not)}, got ${shown(texts[0] ?? "")}`,
  );
}

function valueFault({ expected, not }: WantOf<"value">, { element, locator }: Found): Fault | null {
  const control = controlOf(element);
  const isEditable = control instanceof HTMLElement && control.isContentEditable;
  // biome-ignore lint/performance/useDomNodeTextContent: the lines of an editor are elements, and are wanted as lines
  const value = heldBy(control) ?? (isEditable ? control.innerText : null);
  if (value === null) {
    return {
      code: "wrong-element",
      message: `expected ${locator.source} to have a value, but ${outline(element)} is no field`,
    };
  }
  if (expectationTest(expected, false)(value) !== not) return null;
  return unmet(`expected value of ${locator.source} ${expectationWords(expected, not)}, got ${shown(value)}`);
}

function attributeFault(
  { attribute, expected, not }: WantOf<"attribute">,
  { element, locator }: Found,
): Fault | null {
  const value = element.getAttribute(attribute);
  const isMet = value !== null && (expected === null || expectationTest(expected, false)(value));
  if (isMet !== not) return null;
  const words = expected === null ? `${not ? "not " : ""}to be there` : expectationWords(expected, not);
  const got = value === null ? "none" : shown(value);
  return unmet(`expected attribute ${attribute} of ${locator.source} ${words}, got ${got}`);
}

function stateFault({ state, not }: WantOf<"state">, { element, locator }: Found): Fault | null {
  const control = controlOf(element);
  switch (state) {
    case "visible": {
      const invisible = whyInvisible(element);
      return invisible ? unmet(`expected ${locator.source} to be visible, but it ${invisible}`) : null;
    }
    case "enabled":
      return enabledFault(control, locator.source, not);
    case "checked": {
      const checked = checkedOf(control);
      if ((checked === true) !== not) return null;
      const seen =
        checked === "mixed" ? "it is neither on nor off" : checked ? "it is checked" : "it is not checked";
      return unmet(`expected ${locator.source} ${not ? "not " : ""}to be checked, but ${seen}`);
    }
    case "editable":
    case "focused":
    case "empty":
      return fieldFault({ state, not }, element, locator.source);
    default:
      return null;
  }
}

function enabledFault(control: Element, name: string, not: boolean): Fault | null {
  const disabled = whyDisabled(control);
  if ((disabled === null) !== not) return null;
  return unmet(
    `expected ${name} to be ${not ? "disabled, but it is enabled" : `enabled, but it ${disabled}`}`,
  );
}

/** A text that is compared with folded text is folded itself, unless it is an expression. */
function foldedText<E extends { text: string; match: string }>(expected: E): E {
  return expected.match === "regex" ? expected : { ...expected, text: normalise(expected.text) };
}

export function unmet(message: string): Fault {
  return { code: "assertion-failed", message };
}

function holds(matches = 0, locator: Found["locator"] | null = null): Outcome {
  const success: Success = {
    ok: true,
    locator: locator && { index: locator.index, source: locator.source },
    matches,
    box: null,
    point: null,
    done: false,
    waited: false,
    text: null,
    elementToken: null,
  };
  return { success };
}
