/** Equal as JSON, where an object need only have what is asked of it; lists are as long as they are asked to be. */
export function isAlike(seen: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null) return seen === wanted;
  if (typeof seen !== "object" || seen === null || Array.isArray(seen) !== Array.isArray(wanted))
    return false;
  if (Array.isArray(wanted) && (seen as unknown[]).length !== wanted.length) return false;
  return Object.entries(wanted).every(
    ([key, value]) => Object.hasOwn(seen, key) && isAlike(Reflect.get(seen, key), value),
  );
}

/** The same of a text; one that is no JSON is not alike. */
export function isAlikeText(text: string, wanted: unknown): boolean {
  try {
    return isAlike(JSON.parse(text), wanted);
  } catch {
    return false;
  }
}
