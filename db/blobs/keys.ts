const SEGMENT = /^[a-z0-9][a-z0-9._-]{0,127}$/;
const segmentsMax = 8;

/**
 * The segments of a key: lower-case letters, digits, dots, hyphens and underscores, divided by slashes. None can be empty
 * or begin with a dot, so no key leaves the store.
 * @throws Error for every other key.
 */
export function segmentsOf(key: string): string[] {
  const segments = key.split("/");
  if (segments.length > segmentsMax || !segments.every((segment) => SEGMENT.test(segment))) {
    throw new Error(`${JSON.stringify(key.slice(0, 200))} is not a storage key`);
  }
  return segments;
}
