const secretName = /pass(word|wd|phrase)?|secret|token|api_?-?key|credential|authorization|cookie|private/i;
const depthMax = 6;
const textCharsMax = 500;

/** What stands in the place of what is not shown. */
export const REDACTED = "•••";

/**
 * The parameters of a job as they may be shown: references as they are; what has the name of a secret, the password inside
 * of an address and the rest of long texts not.
 */
export function redacted(value: unknown, depth = 0): unknown {
  if (depth > depthMax) return REDACTED;
  if (typeof value === "string") {
    const text = value.replace(/(:\/\/[^\s/:@]*:)[^\s/@]+@/g, `$1${REDACTED}@`);
    return text.length > textCharsMax ? `${text.slice(0, textCharsMax)}…` : text;
  }
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => redacted(item, depth + 1));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      secretName.test(name) ? REDACTED : redacted(item, depth + 1),
    ]),
  );
}
