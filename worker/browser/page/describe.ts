import { type LocatorPart, quote } from "../../../db/domain/locators.ts";
import { nameOf } from "./accname.ts";
import type { PageLocator } from "./contract.ts";
import { textOf } from "./element-text.ts";
import { labelTextsOf, locate, reach } from "./locate.ts";
import { outline } from "./outline.ts";
import type { Glance } from "./query.ts";
import { roleCandidates, roleOf } from "./roles.ts";
import { normalise } from "./text.ts";
import { isVisible } from "./visible.ts";

const matchesShownMax = 10;
const candidatesShownMax = 5;
const candidatesLookedAtMax = 2_000;
const nameCharsMax = 80;

/** The matches of an ambiguous locator, each with a locator that picks it alone. */
export function listMatches(glance: Glance, locator: PageLocator, elements: readonly Element[]): string {
  const lines = elements.slice(0, matchesShownMax).map((element, index) => {
    const hidden = isVisible(element) ? "" : " (not visible)";
    return `${index + 1}. ${outline(element)}${hidden}\n   ${locatorFor(glance, element) ?? `${locator.source} >> nth=${index}`}`;
  });
  const more = elements.length - lines.length;
  return [`Matches of ${locator.source}:`, ...lines, ...(more > 0 ? [`… and ${more} more`] : [])].join("\n");
}

/** A locator of this language that matches the element and nothing else, the most lasting kind first; null when there is none. */
function locatorFor(glance: Glance, element: Element): string | null {
  for (const { source, part } of describing(glance, element)) {
    const found = locate(glance, [part]);
    if (found.length === 1 && found[0] === element) return source;
  }
  return null;
}

type Described = { source: string; part: LocatorPart };

/** Locators that may mean the element, the most lasting kind first. */
export function* describing(glance: Glance, element: Element): Generator<Described> {
  const testId = element.getAttribute("data-testid");
  if (testId) yield { source: `testid=${quote(testId)}`, part: { kind: "testid", id: testId } };
  const role = roleOf(element);
  const name = nameOf(glance, element);
  if (role && name && name.length <= nameCharsMax) {
    const source = `role=${role}[name=${quote(name)}]`;
    yield { source, part: { kind: "role", role, name: { match: "exact", text: name }, attributes: {} } };
  }
  const label = labelTextsOf(glance, element)[0];
  if (label) yield text("label", normalise(label));
  for (const kind of ["placeholder", "alt", "title"] as const) {
    const value = element.getAttribute(kind);
    if (value) yield text(kind, normalise(value));
  }
  if (element.id) {
    const selector = `#${CSS.escape(element.id)}`;
    yield { source: `css=${selector}`, part: { kind: "css", selector } };
  }
  const content = textOf(glance, element);
  if (content && content.length <= nameCharsMax) yield text("text", content);
}

function text(kind: "label" | "text" | "placeholder" | "alt" | "title", exact: string): Described {
  return { source: `${kind}=${quote(exact)}`, part: { kind, text: { match: "exact", text: exact } } };
}

/** Why nothing matches, as far as it can be told, and what comes nearest. */
export function explainMiss(glance: Glance, locators: readonly PageLocator[]): string {
  const [preferred] = locators;
  if (!preferred) return "";
  const lines: string[] = [];
  const reached = reach(glance, preferred.parts);
  const missing = preferred.parts[reached];
  if (reached > 0 && missing) {
    const count = locate(glance, preferred.parts.slice(0, reached)).length;
    lines.push(
      `What comes before ${partSource(missing)} matches ${count}, but there is no such thing inside of it.`,
    );
  }
  const near = missing ? nearest(glance, missing) : [];
  if (near.length > 0) {
    lines.push("Nearest:");
    for (const element of near) {
      const picked = locatorFor(glance, element);
      lines.push(
        `- ${outline(element)}${isVisible(element) ? "" : " (not visible)"}${picked ? `\n  ${picked}` : ""}`,
      );
    }
  }
  return lines.join("\n");
}

function partSource(part: LocatorPart): string {
  switch (part.kind) {
    case "role":
      return part.name ? `role=${part.role}[name=${textSource(part.name)}]` : `role=${part.role}`;
    case "css":
      return `css=${part.selector}`;
    case "xpath":
      return `xpath=${part.expression}`;
    case "testid":
      return `testid=${part.id}`;
    case "nth":
      return `nth=${part.index}`;
    case "frame":
      return `frame=${part.selector}`;
    default:
      return `${part.kind}=${textSource(part.text)}`;
  }
}

function textSource(match: { match: string; text?: string; source?: string; flags?: string }): string {
  if (match.match === "regex") return `/${match.source}/${match.flags}`;
  return match.match === "exact" ? quote(match.text ?? "") : (match.text ?? "");
}

function nearest(glance: Glance, part: LocatorPart): Element[] {
  const wanted = wantedText(part).toLowerCase();
  const pool = glance.query(document, candidatesOf(part)).slice(0, candidatesLookedAtMax);
  const scored = pool.map((element) => ({ element, score: score(glance, element, part, wanted) }));
  return scored
    .filter(({ score }) => score > 0.3)
    .sort((a, b) => b.score - a.score)
    .slice(0, candidatesShownMax)
    .map(({ element }) => element);
}

/** What may be meant instead of a part that matches nothing, as a selector. */
function candidatesOf(part: LocatorPart): string {
  const acting = "a,button,input,select,textarea,summary,label,[role],[onclick],[tabindex]";
  switch (part.kind) {
    case "role":
      return `${roleCandidates(part.role)},${acting}`;
    case "text":
      return `${acting},h1,h2,h3,h4,h5,h6,p,li,td,th,span,div`;
    case "label":
    case "placeholder":
      return "input,select,textarea,button,[role],[aria-label]";
    case "alt":
      return "img,area,input[type=image],[role=img]";
    case "title":
      return "[title]";
    case "testid":
      return "[data-testid],[data-test-id],[data-test],[data-qa],[data-cy]";
    case "css":
      return `${tagOf(part.selector)},[id],[class],[name]`;
    default:
      return acting;
  }
}

function tagOf(selector: string): string {
  return /([a-z][a-z0-9-]*)(?:[.#[:][^\s>+~]*)?$/.exec(selector)?.[1] ?? "[id]";
}

function wantedText(part: LocatorPart): string {
  if (part.kind === "role") return part.name === null ? "" : bare(textSource(part.name));
  if (part.kind === "testid") return part.id;
  if (part.kind === "css") return bare(part.selector);
  if (part.kind === "xpath" || part.kind === "nth" || part.kind === "frame") return "";
  return bare(textSource(part.text));
}

/** The words of a quoted text, a pattern or a selector. */
function bare(source: string): string {
  return normalise(source.replace(/[^\p{L}\p{N}]+/gu, " "));
}

function score(glance: Glance, element: Element, part: LocatorPart, wanted: string): number {
  const sameRole = part.kind === "role" && roleOf(element) === part.role;
  const texts = textsOf(glance, element, part);
  const best = Math.max(
    0,
    ...texts.filter((one) => one.length <= 200).map((one) => alike(one.toLowerCase(), wanted)),
  );
  if (part.kind === "role" && wanted === "") return sameRole ? 1 : 0;
  return best + (sameRole ? 0.35 : 0);
}

function textsOf(glance: Glance, element: Element, part: LocatorPart): string[] {
  if (part.kind === "css" || part.kind === "testid") {
    const names = ["id", "class", "name", "data-testid", "data-test-id", "data-test", "data-qa", "data-cy"];
    return names.map((name) => bare(element.getAttribute(name) ?? ""));
  }
  const own = element.childElementCount > 3 ? [] : [textOf(glance, element)];
  return [
    nameOf(glance, element),
    ...own,
    ...labelTextsOf(glance, element),
    element.getAttribute("placeholder") ?? "",
    element.getAttribute("title") ?? "",
    element.getAttribute("alt") ?? "",
  ];
}

/** Likeness of two texts, 0 to 1, by the pairs of letters that they share. */
function alike(a: string, b: string): number {
  if (a === "" || b === "") return 0;
  if (a === b) return 1;
  const pairs = new Map<string, number>();
  for (let i = 0; i < a.length - 1; i++)
    pairs.set(a.slice(i, i + 2), (pairs.get(a.slice(i, i + 2)) ?? 0) + 1);
  let shared = 0;
  for (let i = 0; i < b.length - 1; i++) {
    const left = pairs.get(b.slice(i, i + 2)) ?? 0;
    if (left === 0) continue;
    shared++;
    pairs.set(b.slice(i, i + 2), left - 1);
  }
  return (2 * shared) / Math.max(a.length + b.length - 2, 1);
}
