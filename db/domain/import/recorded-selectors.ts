import { escapeReferences } from "../interpolation.ts";
import { limits } from "../limits.ts";
import { LocatorError, parseLocator, quote } from "../locators.ts";
import type { RecordedSelectors } from "./recording.ts";

/** What the selectors of a step say about its element. */
export type ElementHints = {
  /** Of HTML, in lower case, when a selector ends with it. */
  tag: string | null;
  role: string | null;
  isPassword: boolean;
};

export type RankedTarget = { locators: string[]; hints: ElementHints; notes: string[] };

type Candidate = { locator: string; rank: number };

const testAttributes = ["data-testid", "data-test-id", "data-test", "data-qa", "data-cy"];
/** From the most to the least lasting. */
const ranks = { aria: 0, testId: 1, text: 2, css: 3, pierce: 4, position: 5, xpath: 6 } as const;

const rolesOfTags: Readonly<Record<string, string>> = {
  a: "link",
  button: "button",
  select: "combobox",
  textarea: "textbox",
  img: "img",
  option: "option",
  h1: "heading",
  h2: "heading",
  h3: "heading",
  h4: "heading",
};

/** Every alternative of a recorded step as ranked locators, and what they tell about the element. */
export function rankedTarget(
  selectors: RecordedSelectors,
  options: { frame: readonly number[] | undefined; selectorAttribute: string | undefined; isField: boolean },
): RankedTarget {
  const hints = hintsOf(selectors);
  const prefix = (options.frame ?? []).map((index) => `frame=${index} >> `).join("");
  const notes: string[] = [];
  const attributes = options.selectorAttribute
    ? [options.selectorAttribute, ...testAttributes]
    : testAttributes;
  const found = selectors.flatMap((alternative) => {
    const chain = typeof alternative === "string" ? [alternative] : alternative;
    return chainCandidates(chain, { hints, attributes, isField: options.isField, notes });
  });
  const sorted = found.sort((a, b) => a.rank - b.rank).map(({ locator }) => prefix + locator);
  const usable = [...new Set(sorted)].filter((locator) => isUsable(locator, notes));
  if (usable.length > limits.locatorsPerTargetMax) {
    notes.push(
      `${usable.length - limits.locatorsPerTargetMax} of its ${usable.length} selectors are left out`,
    );
  }
  return { locators: usable.slice(0, limits.locatorsPerTargetMax), hints, notes };
}

type Context = { hints: ElementHints; attributes: readonly string[]; isField: boolean; notes: string[] };

/** `[host, inner]`: the last one is looked for inside those before it, through shadow roots. */
function chainCandidates(chain: readonly string[], context: Context): Candidate[] {
  const last = chain.at(-1) ?? "";
  const outer = chain
    .slice(0, -1)
    .map((link) => linkCandidates(link, { ...context, isField: false })[0]?.locator);
  if (outer.includes(undefined)) return [];
  return linkCandidates(last, context).map(({ locator, rank }) => ({
    locator: [...outer, locator].join(" >> "),
    rank,
  }));
}

function linkCandidates(selector: string, context: Context): Candidate[] {
  const [, prefix = "", body = ""] = /^(aria|text|xpath|pierce)\/(.*)$/s.exec(selector) ?? [];
  switch (prefix) {
    case "aria":
      return ariaCandidates(body, context);
    case "text":
      return [{ locator: `text=${looseText(body)}`, rank: ranks.text }];
    case "xpath":
      return [{ locator: `xpath=${escapeReferences(body)}`, rank: ranks.xpath }];
    case "pierce":
      return [{ ...cssCandidate(body, context), rank: ranks.pierce }];
    default:
      return [cssCandidate(selector, context)];
  }
}

/** `Name[role="button"]`, either of both, with a role from the other selectors when it names none. */
function ariaCandidates(body: string, { hints, isField, notes }: Context): Candidate[] {
  const { name, role } = parseAria(body);
  const rank = ranks.aria;
  const known = role ?? (hints.tag === null ? null : (rolesOfTags[hints.tag] ?? null));
  if (name === "") return known === null ? [] : [{ locator: `role=${known}`, rank }];
  const quoted = nameOperand(name);
  if (known !== null) {
    const byRole = { locator: `role=${known}[name=${quoted}]`, rank };
    return isField ? [byRole, { locator: `label=${quoted}`, rank }] : [byRole];
  }
  if (isField) {
    return [
      { locator: `label=${quoted}`, rank },
      { locator: `role=textbox[name=${quoted}]`, rank },
    ];
  }
  notes.push(`aria/${name} names no role: it is looked for as a button, a link, a label or a text`);
  return [
    { locator: `role=button[name=${quoted}]`, rank },
    { locator: `role=link[name=${quoted}]`, rank },
    { locator: `label=${quoted}`, rank: ranks.text },
    { locator: `text=${quoted}`, rank: ranks.text },
  ];
}

/** Names are recorded as they were drawn: capitals may come from the style, which the locator language does not see. */
function nameOperand(name: string): string {
  const isShouted = name === name.toUpperCase() && name !== name.toLowerCase();
  return isShouted ? `/^${inRegex(name)}$/i` : quote(escapeReferences(name));
}

function parseAria(body: string): { name: string; role: string | null } {
  let role: string | null = null;
  let name: string | null = null;
  const rest = body.replace(
    /\[\s*(\w+)\s*=\s*(["'])((?:\\.|(?!\2).)*)\2\s*\]/gs,
    (whole, key: string, _quote: string, value: string) => {
      const text = value.replace(/\\(.)/gs, "$1");
      if (key === "role") role = text.toLowerCase();
      else if (key === "name") name = text;
      else return whole;
      return "";
    },
  );
  const usable = role !== null && /^[a-z]+$/.test(role) ? role : null;
  return { name: (name ?? rest).replace(/\s+/g, " ").trim(), role: usable };
}

/** A part of a text; what would be read as a sign of the locator language is written as a regular expression. */
function looseText(body: string): string {
  const text = body.replace(/\s+/g, " ").trim();
  if (/^[\p{L}\p{N}][\p{L}\p{N} .,:;!?%&$€@+_-]*$/u.test(text)) return text;
  return `/${inRegex(text)}/`;
}

function inRegex(text: string): string {
  return text.replace(/[^\p{L}\p{N} ]/gu, escaped);
}

/** ASCII signs by their number, so that neither the locator language nor references see them. */
function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return code < 128 ? `\\x${code.toString(16).padStart(2, "0")}` : char;
}

function cssCandidate(selector: string, { attributes }: Context): Candidate {
  for (const attribute of attributes) {
    const found = new RegExp(`^\\[${escapeRegex(attribute)}=(["'])([^"'\\\\]*)\\1\\]$`).exec(selector.trim());
    const value = found?.[2];
    if (value === undefined) {
      if (selector.includes(`[${attribute}`)) return { locator: cssLocator(selector), rank: ranks.testId };
      continue;
    }
    const locator = attribute === "data-testid" ? `testid=${quote(value)}` : cssLocator(selector);
    return { locator, rank: ranks.testId };
  }
  return { locator: cssLocator(selector), rank: isPositional(selector) ? ranks.position : ranks.css };
}

function cssLocator(selector: string): string {
  const safe = escapeReferences(selector.trim());
  return /^([a-z]+=|\(*\/\/)/.test(safe) ? `css=${safe}` : safe;
}

/** Selectors by place break first when a page changes. */
function isPositional(selector: string): boolean {
  return /:nth-|:first-|:last-/.test(selector) || selector.split(">").length > 3;
}

function escapeRegex(text: string): string {
  return text.replace(/[^\w]/g, "\\$&");
}

function isUsable(locator: string, notes: string[]): boolean {
  try {
    if (locator.length > 2_000) throw new LocatorError("it has more than 2000 characters");
    parseLocator(locator);
    return true;
  } catch (error) {
    if (!(error instanceof LocatorError)) throw error;
    notes.push(`the selector ${locator.slice(0, 100)} is left out: ${error.message}`);
    return false;
  }
}

/** Words for a password in the languages whose pages are recorded most. */
const passwordWords =
  /passw|pwd|contrase|mot de passe|motdepasse|senha|kennwort|wachtwoord|lozinka|heslo|parola|пароль|密码|密碼|パスワード/i;

function hintsOf(selectors: RecordedSelectors): ElementHints {
  const ends = selectors.map((alternative) =>
    typeof alternative === "string" ? alternative : (alternative.at(-1) ?? ""),
  );
  const roles = ends.filter((end) => end.startsWith("aria/")).map((end) => parseAria(end.slice(5)).role);
  return {
    tag: ends.map(tagOf).find((tag) => tag !== null) ?? null,
    role: roles.find((role) => role !== null) ?? null,
    isPassword: ends.some((end) => passwordWords.test(end)),
  };
}

/** The element's name at the end of a CSS selector or an XPath. */
function tagOf(selector: string): string | null {
  if (/^(aria|text)\//.test(selector)) return null;
  const path = selector.replace(/^(xpath|pierce)\//, "");
  const end = selector.startsWith("xpath/")
    ? /\/([a-z][a-z0-9]*)(\[[^\]]*\])?$/i.exec(path)
    : /(?:^|[\s>+~])([a-z][a-z0-9]*)(?:[.#:[][^\s>+~]*)?$/i.exec(path);
  return end?.[1]?.toLowerCase() ?? null;
}
