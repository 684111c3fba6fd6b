import type { Changes } from "./changes.ts";
import { InvalidRequest } from "./fault.ts";
import { inOrder, isInside, parentOf } from "./tree.ts";

export type Scope = Document | Element;

/** One look at the page: what has been worked out holds until the look ends, since no page code runs meanwhile. */
export class Glance {
  readonly roots: readonly ShadowRoot[];
  readonly texts = new Map<Node, string>();
  readonly hidden = new Map<Element, boolean>();
  readonly cutOff = new Map<Element, boolean>();
  readonly names = new Map<Element, string>();

  constructor(changes: Changes) {
    this.roots = changes.roots();
  }

  /** All elements inside the scope that the selector matches within their own tree, in order. */
  query(scope: Scope, selector: string): Element[] {
    const own = [...scope.querySelectorAll(selector)];
    if (this.roots.length === 0) return own;
    const within = this.roots.filter((root) => scope instanceof Document || isInside(root.host, scope));
    const deep = within
      .map((root) => [...root.querySelectorAll(selector)])
      .filter((found) => found.length > 0);
    if (deep.length === 0) return own;
    return [...own, ...deep.flat()].sort(inOrder);
  }
}

/** Elements that a CSS selector matches; a blank in it also steps into shadow roots. */
export function queryCss(glance: Glance, scope: Scope, source: string): Element[] {
  try {
    const selector = relative(source);
    if (glance.roots.length === 0 || selector.includes(":scope")) return glance.query(scope, selector);
    const alternatives = splitSelector(selector, ",").map(chain);
    const last = alternatives.map((links) => links.at(-1)?.selector ?? "").join(",");
    if (alternatives.every((links) => links.length === 1)) return glance.query(scope, selector);
    return glance
      .query(scope, last)
      .filter((element) => alternatives.some((links) => matchesChain(element, links)));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw new InvalidRequest("invalid-locator", `css=${source} is no CSS selector that the browser knows`);
  }
}

/** `> a` is meant from the scope. */
function relative(selector: string): string {
  return /^[>+~]/.test(selector) ? `:scope ${selector}` : selector;
}

/** `levels`: how far up the first element of the compound stands, one for each `>` in it. */
type Link = { selector: string; levels: number };

/** The parts of a selector between its blanks. */
function chain(selector: string): Link[] {
  const links: Link[] = [];
  let joined = "";
  const tight = selector
    .trim()
    .replace(/\s*([>+~])\s*(?=[^=])/g, (found, sign: string) => (found === sign ? sign : ` ${sign} `));
  const pieces = splitSelector(tight, " ").filter((piece) => piece !== "");
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i] as string;
    const next = pieces[i + 1];
    joined = joined === "" ? piece : `${joined} ${piece}`;
    if (/^[>+~]$/.test(piece) || (next !== undefined && /^[>+~]$/.test(next))) continue;
    links.push({ selector: joined, levels: splitSelector(joined, ">").length - 1 });
    joined = "";
  }
  if (joined !== "") links.push({ selector: joined, levels: 0 });
  return links;
}

function matchesChain(element: Element, links: Link[]): boolean {
  const link = links.at(-1);
  if (!link) return true;
  if (!element.matches(link.selector)) return false;
  const outer = links.slice(0, -1);
  if (outer.length === 0) return true;
  let at = parentOf(element);
  for (let i = 0; i < link.levels && at; i++) at = parentOf(at);
  for (; at; at = parentOf(at)) if (matchesChain(at, outer)) return true;
  return false;
}

/** Splits at a sign that stands outside of brackets and quotes. */
function splitSelector(selector: string, sign: string): string[] {
  const pieces: string[] = [];
  let depth = 0;
  let quote = "";
  let start = 0;
  for (let i = 0; i < selector.length; i++) {
    const char = selector[i] as string;
    if (char === "\\") i++;
    else if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === "(" || char === "[") depth++;
    else if (char === ")" || char === "]") depth--;
    else if (depth === 0 && char === sign) {
      pieces.push(selector.slice(start, i));
      start = i + 1;
    }
  }
  return [...pieces, selector.slice(start)];
}

/** Elements that an XPath selects inside the scope. XPath does not see shadow roots. */
export function queryXPath(scope: Scope, source: string): Element[] {
  const expression = scope instanceof Document ? source : source.replace(/^(\(*)\//, "$1./");
  try {
    const result = document.evaluate(expression, scope, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE);
    const found: Element[] = [];
    for (let i = 0; i < result.snapshotLength; i++) {
      const node = result.snapshotItem(i);
      if (node instanceof Element) found.push(node);
    }
    return found;
  } catch (error) {
    // An expression that does not select nodes is a TypeError.
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
    throw new InvalidRequest("invalid-locator", `xpath=${source} is no XPath that selects elements`);
  }
}
