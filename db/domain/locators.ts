/**
 * The locator language: `role=button[name="Sign in"]`, `label=Email`, `text="Save"`, `css=#id` (the default), `xpath=//a`,
 * `a >> b` for inside. Quoted text matches whole and case-sensitive; bare text matches a part, without regard to case;
 * `/text/i` is a regular expression. `frame=` enters an iframe (a locator's CSS, or the number of the child frame).
 */
export type TextMatch =
  | { match: "exact"; text: string }
  | { match: "contains"; text: string }
  | { match: "regex"; source: string; flags: string };

export type LocatorPart =
  | { kind: "role"; role: string; name: TextMatch | null; attributes: RoleAttributes }
  | { kind: "label" | "text" | "placeholder" | "alt" | "title"; text: TextMatch }
  | { kind: "testid"; id: string }
  | { kind: "css"; selector: string }
  | { kind: "xpath"; expression: string }
  | { kind: "frame"; selector: string; index: number | null }
  | { kind: "nth"; index: number };

export type RoleAttributes = {
  level?: number;
  checked?: boolean | "mixed";
  pressed?: boolean | "mixed";
  selected?: boolean;
  expanded?: boolean;
  disabled?: boolean;
};

/** Parts from the outside to the inside; each is looked for within the one before it. */
export type Locator = { source: string; parts: LocatorPart[] };

export class LocatorError extends Error {}

const kinds = [
  "role",
  "label",
  "text",
  "placeholder",
  "alt",
  "title",
  "testid",
  "css",
  "xpath",
  "frame",
  "nth",
] as const;

/**
 * Parses one locator.
 * @throws LocatorError that names the part that is wrong and what would be right.
 */
export function parseLocator(source: string): Locator {
  if (source.trim() === "") throw new LocatorError("a locator must not be empty");
  const parts = splitParts(source).map(parsePart);
  if (parts.at(-1)?.kind === "frame") {
    throw new LocatorError(`"${source}" ends with a frame; say what to find inside it: frame=… >> css=…`);
  }
  const uncounted = parts.findIndex(({ kind }, index) => kind === "nth" && isOpen(parts[index - 1]));
  if (uncounted === 0) throw new LocatorError(`"${source}" starts with nth=; say first what to count`);
  if (uncounted > 0) {
    throw new LocatorError(`"${source}" has nth= right after a frame; say first what to count in it`);
  }
  return { source, parts };
}

/** Before this nothing has been found that could be counted. */
function isOpen(before: LocatorPart | undefined): boolean {
  return before === undefined || before.kind === "frame";
}

/** Splits at `>>` outside quotes and brackets. */
function splitParts(source: string): string[] {
  const parts: string[] = [];
  let quote: string | null = null;
  let depth = 0;
  let start = 0;
  for (let i = 0; i < source.length; i++) {
    const char = source[i];
    if (char === "\\") i++;
    else if (quote) quote = char === quote ? null : quote;
    else if (char === '"' || (char === "'" && opensQuote(source, i))) quote = char;
    else if (char === "[" || char === "(") depth++;
    else if (char === "]" || char === ")") depth--;
    else if (depth <= 0 && source.startsWith(">>", i)) {
      parts.push(source.slice(start, i));
      start = i + 2;
      i++;
    }
  }
  parts.push(source.slice(start));
  return parts.map((part) => part.trim());
}

/** An apostrophe in the middle of a word (`text=Don't`) is no quote. */
function opensQuote(source: string, index: number): boolean {
  return /[=([,\s]/.test(source[index - 1] ?? " ");
}

function parsePart(part: string): LocatorPart {
  if (part === "") throw new LocatorError("nothing stands before or after >>");
  const kind = kinds.find((candidate) => part.startsWith(`${candidate}=`));
  if (!kind) return /^\(*\/\//.test(part) ? { kind: "xpath", expression: part } : css(part);
  const body = part.slice(kind.length + 1).trim();
  if (body === "") throw new LocatorError(`nothing stands after ${kind}=`);
  switch (kind) {
    case "role":
      return parseRole(body);
    case "testid":
      return { kind, id: unquote(body) ?? body };
    case "css":
      return css(body);
    case "xpath":
      return { kind, expression: body };
    case "frame":
      return { kind, selector: body, index: /^\d+$/.test(body) ? Number(body) : null };
    case "nth":
      if (!/^-?\d+$/.test(body))
        throw new LocatorError(`nth=${body}: a whole number is needed, from 0, or -1 for the last`);
      return { kind, index: Number(body) };
    default:
      return { kind, text: parseText(body) };
  }
}

function css(selector: string): LocatorPart {
  return { kind: "css", selector };
}

/** The text language shared by `text=`, `label=` and the name of a role. */
export function parseText(body: string): TextMatch {
  const regex = /^\/(.+)\/([imsu]*)$/s.exec(body);
  if (regex) return parseRegex(regex[1] ?? "", regex[2] ?? "");
  const exact = unquote(body);
  return exact === null ? { match: "contains", text: body } : { match: "exact", text: exact };
}

function parseRegex(source: string, flags: string): TextMatch {
  try {
    new RegExp(source, flags);
  } catch (cause) {
    throw new LocatorError(`/${source}/${flags} is no regular expression: ${(cause as Error).message}`);
  }
  return { match: "regex", source, flags };
}

function unquote(body: string): string | null {
  const quoted = /^(["'])((?:\\.|(?!\1).)*)\1$/s.exec(body);
  return quoted ? (quoted[2] ?? "").replace(/\\(.)/gs, "$1") : null;
}

const ROLE_ATTRIBUTE =
  /\[\s*([a-z]+)\s*(?:=\s*("(?:\\.|[^"\\])*"i?|'(?:\\.|[^'\\])*'i?|\/(?:\\.|[^/\\])+\/[imsu]*|[^\]\s]+)\s*)?\]/gy;

function parseRole(body: string): LocatorPart {
  const role = /^[a-z]+/.exec(body)?.[0];
  if (!role) throw new LocatorError(`role=${body}: the name of an ARIA role is needed, such as button`);
  const attributes: RoleAttributes = {};
  let name: TextMatch | null = null;
  ROLE_ATTRIBUTE.lastIndex = role.length;
  let end = role.length;
  for (let found = ROLE_ATTRIBUTE.exec(body); found; found = ROLE_ATTRIBUTE.exec(body)) {
    end = ROLE_ATTRIBUTE.lastIndex;
    const [, key = "", value = "true"] = found;
    if (key === "name") name = parseName(value);
    else Object.assign(attributes, roleAttribute(key, value));
  }
  if (body.slice(end).trim() !== "") {
    throw new LocatorError(
      `role=${body}: "${body.slice(end)}" is not understood; attributes are written [name="Sign in"]`,
    );
  }
  return { kind: "role", role, name, attributes };
}

function parseName(value: string): TextMatch {
  return value.endsWith('"i') || value.endsWith("'i")
    ? { match: "contains", text: unquote(value.slice(0, -1)) ?? value }
    : parseText(value);
}

function roleAttribute(key: string, value: string): RoleAttributes {
  if (key === "level") {
    if (!/^\d+$/.test(value)) throw new LocatorError(`[level=${value}]: a number is needed`);
    return { level: Number(value) };
  }
  const mixed = key === "checked" || key === "pressed";
  if (mixed && value === "mixed") return { [key]: "mixed" };
  if (mixed || key === "selected" || key === "expanded" || key === "disabled") {
    if (value !== "true" && value !== "false")
      throw new LocatorError(`[${key}=${value}]: true or false is needed`);
    return { [key]: value === "true" };
  }
  throw new LocatorError(
    `[${key}]: a role has no such attribute; there are name, level, checked, pressed, selected, expanded, disabled`,
  );
}

/** Text as an exact (quoted) operand of the locator language. */
export function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}
