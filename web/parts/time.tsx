import { formatAgo, formatClock, formatDuration, formatIn, formatTime } from "./figures.ts";

/** How long ago, with the moment itself on hover; `ui.js` keeps it true and shows the reader's own time zone. */
export function Ago({ at, now }: { at: string; now: Date }) {
  const date = new Date(at);
  return (
    <time datetime={at} title={formatTime(date)} data-ago class="nowrap">
      {formatAgo(date, now)}
    </time>
  );
}

/** How long until something comes; the moment itself on hover. */
export function Until({ at, now }: { at: string; now: Date }) {
  const date = new Date(at);
  return (
    <time datetime={at} title={formatTime(date)} data-until class="nowrap">
      {formatIn(date, now)}
    </time>
  );
}

export function Clock({ at }: { at: string }) {
  const date = new Date(at);
  return (
    <time datetime={at} title={formatTime(date)}>
      {formatClock(date)}
    </time>
  );
}

/** A duration, or a dash for what has none yet. */
export function Duration({ ms }: { ms: number | null }) {
  return <span class="nowrap">{ms === null ? <span class="dim">-</span> : formatDuration(ms)}</span>;
}
