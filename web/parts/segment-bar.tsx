import type { RunCounts, RunStatus } from "../../db/domain/states.ts";
import { formatCount } from "./figures.ts";
import { toneOf } from "./status.tsx";

/** The gravest first, what is still to come last. */
export const countOrder = [
  "failed",
  "error",
  "flaky",
  "passed",
  "running",
  "cancelled",
  "skipped",
  "queued",
] as const satisfies readonly RunStatus[];

export function totalOf(counts: RunCounts): number {
  return countOrder.reduce((sum, status) => sum + counts[status], 0);
}

/** The counts of a run as one line of segments, with the same counts in words beneath. */
export function SegmentBar({ counts }: { counts: RunCounts }) {
  const total = totalOf(counts);
  const present = countOrder.filter((status) => counts[status] > 0);
  let x = 0;
  const segments = present.map((status) => {
    const width = (counts[status] / Math.max(1, total)) * 1_000;
    const segment = { status, x, width };
    x += width;
    return segment;
  });
  return (
    <div class="bar-cell">
      <svg class="bar" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">
        {segments.map(({ status, x: left, width }) => (
          <rect class={`t-${toneOf(status)}`} x={left.toFixed(2)} y="0" width={width.toFixed(2)} height="8" />
        ))}
      </svg>
      <div class="bar-words">
        {total === 0 ? <span class="t-quiet">no tests</span> : null}
        {present.map((status) => (
          <span class={`t-${toneOf(status)}`}>
            {formatCount(counts[status])} {status}
          </span>
        ))}
      </div>
    </div>
  );
}
