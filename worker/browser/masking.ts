/** What stands where a secret stood. */
const MASK = "•••";

/** Shorter values would mask half of every log; they can't be hidden and are documented as such. */
const maskedCharsMin = 4;

export type Mask = {
  text(text: string): string;
  /** Every free text in the value; names, ids and states of our own stay. */
  all<T>(value: T): T;
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

/**
 * The one place through which everything that leaves the attempt passes. A secret is found raw and URL-encoded, in base64
 * (at any of the three alignments), as in JSON and as in HTML. It is not found when it is cut, folded, hashed, or
 * otherwise changed by the page, nor when it is shorter than 4 characters.
 */
export function maskOf(secrets: Readonly<Record<string, string>>): Mask {
  const forms = new Set<string>();
  for (const secret of Object.values(secrets)) {
    if (secret.length < maskedCharsMin) continue;
    for (const form of formsOf(secret)) if (form.length >= maskedCharsMin) forms.add(form);
  }
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  const text = (value: string) => longestFirst.reduce((masked, form) => masked.replaceAll(form, MASK), value);
  const all = <T>(value: T): T => (longestFirst.length === 0 ? value : maskValue(value, text));
  const beginnings = Object.values(secrets)
    .filter((secret) => secret.length >= maskedCharsMin)
    .map((secret) => secret.slice(0, beginningChars));
  const hasBeginning = (value: string) => beginnings.some((beginning) => value.includes(beginning));
  return { text, all, hasBeginning };
}

function maskValue<T>(value: T, text: (value: string) => string): T {
  if (typeof value === "string") return text(value) as T;
  if (Array.isArray(value)) return value.map((item) => maskValue(item, text)) as T;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, ours.has(key) ? item : maskValue(item, text)]),
  ) as T;
}

function formsOf(value: string): string[] {
  const secret = value.toWellFormed();
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
    ...base64Forms(secret),
  ];
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
