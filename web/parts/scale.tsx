import { formatDuration } from "./figures.ts";

/** A share of the width of a drawing, which is as wide as its place. */
export function percent(part: number, whole: number): string {
  return `${((Math.max(0, part) / whole) * 100).toFixed(3)}%`;
}

/** A round number of milliseconds that goes into the length at most eight times. */
export function rulerStep(lengthMs: number): number {
  const wanted = lengthMs / 8;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, wanted)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= wanted) ?? power * 10;
}

/** The scale below a drawing of a stretch of time. */
export function Ruler({ lengthMs }: { lengthMs: number }) {
  const step = rulerStep(lengthMs);
  const ticks = Array.from({ length: Math.floor(lengthMs / step) + 1 }, (_, index) => index * step);
  return (
    <>
      <span class="track-name" />
      <svg class="ruler" aria-hidden="true">
        {ticks.map((tick, index) => (
          <>
            <line x1={percent(tick, lengthMs)} x2={percent(tick, lengthMs)} y1={0} y2={4} />
            <text x={percent(tick, lengthMs)} y={15} dx={2} class={index % 2 === 1 ? "is-odd" : undefined}>
              {tick === 0 ? "0" : tick > lengthMs * 0.95 ? "" : formatDuration(tick)}
            </text>
          </>
        ))}
      </svg>
    </>
  );
}
