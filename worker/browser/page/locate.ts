import type { LocatorPart, TextMatch } from "../../../db/domain/locators.ts";
import { nameOf, referencesOf } from "./accname.ts";
import { isSilent, textOf } from "./element-text.ts";
import { InvalidRequest } from "./fault.ts";
import { labelsOf } from "./native-name.ts";
import { type Glance, queryCss, queryXPath, type Scope } from "./query.ts";
import { canonicalRole, roleCandidates, roleOf } from "./roles.ts";
import { matchesAttributes } from "./states.ts";
import { normalise, type TextTest, textTest } from "./text.ts";
import { inOrder } from "./tree.ts";
import { isHiddenForAria } from "./visible.ts";

/** All elements that a locator matches now, in the order of the document. Each part is looked for inside of the one before. */
export function locate(glance: Glance, parts: readonly LocatorPart[]): Element[] {
  let scopes: Scope[] = [document];
  for (const part of parts) {
    scopes = part.kind === "nth" ? pick(scopes, part.index) : within(glance, scopes, part);
    if (scopes.length === 0) break;
  }
  return scopes.filter((scope) => scope instanceof Element);
}

/** How many parts of the locator find something, for the explanation of a miss. */
export function reach(glance: Glance, parts: readonly LocatorPart[]): number {
  let length = parts.length;
  while (length > 0 && locate(glance, parts.slice(0, length)).length === 0) length--;
  return length;
}

function pick(scopes: Scope[], index: number): Scope[] {
  const picked = scopes.at(index);
  return picked ? [picked] : [];
}

function within(glance: Glance, scopes: Scope[], part: LocatorPart): Element[] {
  const [first] = scopes;
  if (scopes.length === 1 && first) return find(glance, first, part);
  const found = new Set(scopes.flatMap((scope) => find(glance, scope, part)));
  return [...found].sort(inOrder);
}

const testIdAttributes = ["data-testid", "data-test-id", "data-test", "data-qa", "data-cy"];

function find(glance: Glance, scope: Scope, part: LocatorPart): Element[] {
  switch (part.kind) {
    case "css":
      return queryCss(glance, scope, part.selector);
    case "xpath":
      return queryXPath(scope, part.expression);
    case "role":
      return findRole(glance, scope, part);
    case "text":
      return findText(glance, scope, textTest(part.text), holdsTest(part.text));
    case "label":
      return findLabelled(glance, scope, textTest(part.text));
    case "placeholder":
    case "alt":
    case "title":
      return findAttribute(glance, scope, part.kind, textTest(part.text));
    case "testid": {
      const id = CSS.escape(part.id);
      return glance.query(scope, testIdAttributes.map((attribute) => `[${attribute}="${id}"]`).join(","));
    }
    case "nth":
    case "frame":
      throw new InvalidRequest("invalid-locator", `${part.kind}= can't be looked for inside of a document`);
  }
}

function findRole(glance: Glance, scope: Scope, part: Extract<LocatorPart, { kind: "role" }>): Element[] {
  const role = canonicalRole(part.role);
  const name = part.name === null ? null : textTest(part.name);
  const exact = part.name?.match === "exact" ? normalise(part.name.text) : null;
  return glance
    .query(scope, roleCandidates(role))
    .filter(
      (element) =>
        !(exact !== null && isNamedElse(element, exact)) &&
        roleOf(element) === role &&
        matchesAttributes(element, part.attributes) &&
        !isHiddenForAria(glance, element) &&
        (name === null || name(nameOf(glance, element))),
    );
}

const plainlyNamed = /^(a|button|h[1-6]|td|th|li|p|summary)$/;

/** Spares the walk for the name: an element with nothing but other text in it, and no attribute that could name it. */
function isNamedElse(element: Element, name: string): boolean {
  if (element.firstElementChild || !plainlyNamed.test(element.localName)) return false;
  const text = normalise(element.textContent ?? "");
  if (name.includes(text) || element.shadowRoot) return false;
  const isNamed = ["aria-label", "aria-labelledby", "aria-owns", "role"].some((attribute) =>
    element.hasAttribute(attribute),
  );
  return !isNamed && labelsOf(element).length === 0;
}

const labelled =
  "input:not([type=hidden]),textarea,select,button,meter,output,progress,[aria-label],[aria-labelledby]";

/** Controls by the text of their labels; everything by `aria-label` and `aria-labelledby`. */
function findLabelled(glance: Glance, scope: Scope, test: TextTest): Element[] {
  const candidates = new Set(glance.query(scope, labelled));
  // A form-associated custom element has labels, too.
  for (const label of glance.query(scope, "label")) {
    const control = label instanceof HTMLLabelElement ? label.control : null;
    if (control?.localName.includes("-")) candidates.add(control);
  }
  const found = [...candidates].filter((element) => labelTextsOf(glance, element).some(test));
  return found.some((element) => element.localName.includes("-")) ? found.sort(inOrder) : found;
}

export function labelTextsOf(glance: Glance, element: Element): string[] {
  const referred = referencesOf(element, "aria-labelledby").map((one) => textOf(glance, one));
  const own = element.getAttribute("aria-label");
  return [
    ...(referred.length > 1 ? [referred.join(" ")] : []),
    ...referred,
    ...(own ? [own] : []),
    ...labelsOf(element).map((label) => textOf(glance, label)),
  ];
}

function findAttribute(glance: Glance, scope: Scope, attribute: string, test: TextTest): Element[] {
  return glance
    .query(scope, `[${attribute}]`)
    .filter((element) => test(element.getAttribute(attribute) ?? ""));
}

/** Whether something inside of an element can match: all text of the inside is text of the outside. */
function holdsTest(match: TextMatch): TextTest {
  if (match.match === "regex") return () => true;
  const wanted = normalise(match.text);
  return match.match === "exact" ? (text) => text.includes(wanted) : textTest(match);
}

/** The smallest elements whose text matches: those that match while nothing inside of them does. */
function findText(glance: Glance, scope: Scope, test: TextTest, canHold: TextTest): Element[] {
  const found: Element[] = [];
  const visit = (node: Element | ShadowRoot): boolean => {
    if (isSilent(node)) return false;
    const text = textOf(glance, node);
    if (!canHold(text)) return false;
    const matches = test(text);
    let isInner = false;
    if (node instanceof Element && node.shadowRoot) isInner = visit(node.shadowRoot);
    for (let child = node.firstElementChild; child; child = child.nextElementSibling) {
      isInner = visit(child) || isInner;
    }
    if (matches && !isInner && node instanceof Element) found.push(node);
    return matches || isInner;
  };
  const start = scope instanceof Document ? scope.documentElement : scope;
  if (!start) return [];
  visit(start);
  return scope instanceof Document ? found : found.filter((element) => element !== scope);
}
