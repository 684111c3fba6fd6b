/** How figures are written, the same on every page. */

/** `430 ms`, `14.2 s`, `3 min 05 s`, `2 h 03 min`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return "-";
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** A guess: whole seconds, whole minutes above two. */
export function formatRough(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** The figure and its unit apart, for large figures: `["14.2", "s"]`. */
export function durationParts(ms: number): [string, string] {
  const [figure = "", unit = "", ...rest] = formatDuration(ms).split(" ");
  return rest.length > 0 ? [`${figure}:${rest[0]}`, unit] : [figure, unit];
}

/** `just now`, `12 s ago`, `5 min ago`, `3 h ago`, `2 days ago`, else the date. */
export function formatAgo(at: Date, now: Date): string {
  const seconds = Math.round((now.getTime() - at.getTime()) / 1000);
  if (seconds < -5) return formatTime(at);
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  const days = Math.floor(seconds / 86_400);
  if (days < 30) return days === 1 ? "1 day ago" : `${days} days ago`;
  return at.toISOString().slice(0, 10);
}

/** What `formatAgo` is for the past: `in 12 s`, `in 5 min`, `in 3 h`, `in 2 days`; `now` for what has come. */
export function formatIn(at: Date, now: Date): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  if (seconds <= 0) return "now";
  if (seconds < 60) return `in ${seconds} s`;
  if (seconds < 3_600) return `in ${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `in ${Math.floor(seconds / 3_600)} h`;
  const days = Math.floor(seconds / 86_400);
  return days === 1 ? "in 1 day" : `in ${formatCount(days)} days`;
}

/** As the clocks of a time zone show it: `Mon 23 Nov 2026, 02:30 UTC+1`. */
export function formatZoned(at: Date, timeZone: string): string {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hourCycle: "h23",
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "shortOffset",
  });
  for (const { type, value } of format.formatToParts(at)) parts[type] = value;
  const { weekday, day, month, year, hour, minute, timeZoneName = "" } = parts;
  return `${weekday} ${day} ${month} ${year}, ${hour}:${minute} ${timeZoneName.replace(/^GMT(\+0$)?/, "UTC")}`;
}

/** `2026-11-21 00:16:08 UTC`. */
export function formatTime(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `00:16:08.123`, for logs. */
export function formatClock(at: Date): string {
  return at.toISOString().slice(11, 23);
}

export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** `3 tests`, `1 test`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `98.2 %`; never rounds up to 100 %, since one failure in ten thousand is still one. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent >= 100) return "100 %";
  const floored = Math.floor(percent * 10) / 10;
  return `${Number.isInteger(floored) ? floored : floored.toFixed(1)} %`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
