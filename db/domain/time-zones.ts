/** Time zones of the IANA database, as this Node knows them. */

const zonesMax = 1_000;
const formats = new Map<string, Intl.DateTimeFormat>();
const dayMs = 86_400_000;

/** What is wrong with the name of a time zone, and what would be right; null when it can be used. */
export function timeZoneFault(name: string): string | null {
  if (/^[A-Za-z]/.test(name) && isKnown(name)) return null;
  const near = nearestOf(name);
  const hint = near ? `did you mean ${near}?` : "such as Europe/Berlin, America/New_York or UTC";
  return `there is no time zone "${name}"; a name of the IANA database is needed, ${hint}`;
}

/** The name as the database writes it; as it is where that is not known. */
export function normalizedTimeZone(name: string): string {
  const trimmed = name.trim();
  return timeZones().find((zone) => zone.toLowerCase() === trimmed.toLowerCase()) ?? trimmed;
}

/** Every name that is offered. */
export function timeZones(): readonly string[] {
  return ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
}

function isKnown(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function nearestOf(name: string): string | undefined {
  const wanted = name.trim().toLowerCase().replaceAll(" ", "_");
  if (wanted === "") return undefined;
  return timeZones().find((zone) => zone.toLowerCase().split("/").at(-1) === wanted);
}

/** How far the clocks of a zone are ahead of UTC at an instant, in milliseconds. */
export function offsetMs(timeZone: string, atMs: number): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(atMs)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1_000) * 1_000;
}

/** The first instant with another offset than `fromMs` has; `untilMs` must have another one. To the second. */
export function offsetChange(timeZone: string, fromMs: number, untilMs: number): number {
  const before = offsetMs(timeZone, fromMs);
  let [low, high] = [Math.floor(fromMs / 1_000), Math.ceil(untilMs / 1_000)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetMs(timeZone, middle * 1_000) === before) low = middle;
    else high = middle;
  }
  return high * 1_000;
}

/**
 * The instant at which the clocks of a zone show a time: the first of two where they are put back, and the moment at which
 * they are put forward where they skip it.
 */
export function instantOf(timeZone: string, wallMs: number): number {
  const offsets = [offsetMs(timeZone, wallMs - dayMs), offsetMs(timeZone, wallMs + dayMs)];
  const shown = offsets
    .map((offset) => wallMs - offset)
    .filter((atMs) => offsetMs(timeZone, atMs) === wallMs - atMs);
  return shown.length > 0 ? Math.min(...shown) : offsetChange(timeZone, wallMs - dayMs, wallMs + dayMs);
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const digits = "2-digit";
  const format = new Intl.DateTimeFormat("en", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: digits,
    day: digits,
    hour: digits,
    minute: digits,
    second: digits,
  });
  if (formats.size >= zonesMax) formats.clear();
  formats.set(timeZone, format);
  return format;
}
