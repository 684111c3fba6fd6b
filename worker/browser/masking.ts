import { literally, patternOf } from "./secret-pattern.ts";

/** What stands where a secret stood. */
const MASK = "•••";

/** Shorter values would mask half of every log; they can't be hidden and are documented as such. */
const maskedCharsMin = 4;

export type Mask = {
  text(text: string): string;
  /** Every free text in the value; names, ids and states of our own stay. */
  all<T>(value: T): T;
  /** Whether a file holds a secret, as text. */
  isIn(bytes: Uint8Array): boolean;
  /** Whether the beginning of a secret is in the text, as while it is being typed. */
  hasBeginning(text: string): boolean;
};

/** Fewer characters of a secret are found everywhere. */
const beginningChars = 3;

/** Fields whose values are ours, so that a secret that reads `passed` breaks nothing. */
const ours = new Set([
  "type",
  "status",
  "level",
  "stepType",
  "action",
  "at",
  "code",
  "screenshotId",
  "artifactId",
]);

/** Longer ones are looked for in the forms that whole texts take, since an expression of all their characters grows too large. */
const patternCharsMax = 300;

/**
 * The one place through which everything that leaves the attempt passes. A secret is found in every form of `patternOf`, and in
 * base64 at any of the three alignments. It is not found when it is folded, hashed or otherwise changed by the page, nor when it
 * is shorter than 4 characters.
 */
export function maskOf(secrets: Readonly<Record<string, string>>): Mask {
  const known = Object.values(secrets).filter((secret) => secret.length >= maskedCharsMin);
  const pattern = known
    .map((secret) => secret.toWellFormed())
    .sort((a, b) => b.length - a.length)
    .flatMap(sourcesOf)
    .join("|");
  const expression = pattern === "" ? null : new RegExp(pattern, "g");
  const text = (value: string) => (expression ? value.replace(expression, MASK) : value);
  const all = <T>(value: T): T => (expression ? maskValue(value, text) : value);
  const isIn = (bytes: Uint8Array) =>
    expression !== null && new TextDecoder().decode(bytes).search(expression) >= 0;
  const beginnings = known.map((secret) => secret.slice(0, beginningChars));
  const hasBeginning = (value: string) => beginnings.some((beginning) => value.includes(beginning));
  return { text, all, isIn, hasBeginning };
}

function sourcesOf(secret: string): string[] {
  const trimmed = secret.trim();
  const isShort = trimmed.length >= maskedCharsMin && trimmed.length <= patternCharsMax;
  const forms = isShort ? [patternOf(trimmed)] : formsOf(secret).map(literally);
  return [...forms, ...base64Forms(secret).map((form) => `${literally(form)}[\\w+/-]?={0,2}`)];
}

function maskValue<T>(value: T, text: (value: string) => string): T {
  if (typeof value === "string") return text(value) as T;
  if (Array.isArray(value)) return value.map((item) => maskValue(item, text)) as T;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, ours.has(key) ? item : maskValue(item, text)]),
  ) as T;
}

function formsOf(secret: string): string[] {
  const url = encodeURIComponent(secret);
  const form = new URLSearchParams({ v: secret }).toString().slice(2);
  const html = secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return [
    secret,
    secret.trim(),
    url,
    url.replace(/%[0-9A-F]{2}/g, (percent) => percent.toLowerCase()),
    encodeURI(secret),
    form,
    JSON.stringify(secret).slice(1, -1),
    html,
    html.replaceAll('"', "&quot;"),
    html.replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
    html.replaceAll('"', "&quot;").replaceAll("'", "&#x27;"),
    html.replaceAll('"', "&#34;").replaceAll("'", "&#39;"),
  ].filter((form) => form.length >= maskedCharsMin);
}

/** What is certain to appear in base64 of any text that holds the secret, by the place where it starts in a group of three. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret, "utf8");
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const start = offset === 0 ? 0 : offset + 1;
    const tail = (offset + bytes.length) % 3;
    const certain = encoded.slice(start, tail === 0 ? undefined : -1);
    // Shorter ones would be found by chance.
    if (certain.length < 6) return [];
    return [certain, certain.replaceAll("+", "-").replaceAll("/", "_")];
  });
}
