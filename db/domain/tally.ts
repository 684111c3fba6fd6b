/** What was counted of jobs over a span of time, and what can be read from it. */

/** Up to how many milliseconds each class of durations reaches; the last has no end. Also the buckets of the metrics. */
export const durationBoundsMs = [
  10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  1_800_000, 3_600_000, 14_400_000,
] as const;
const classes = durationBoundsMs.length + 1;

export type Tally = {
  /** Tries that began, that did the job, and that did not: those that are tried again, given up or lost with a worker. */
  started: number;
  finished: number;
  failed: number;
  /** How many had to wait, and ran, for how long: one figure for each class of durations. */
  waits: number[];
  runs: number[];
};

export function noTally(): Tally {
  return {
    started: 0,
    finished: 0,
    failed: 0,
    waits: new Array<number>(classes).fill(0),
    runs: new Array<number>(classes).fill(0),
  };
}

/** Counts a duration in its class. */
export function count(histogram: number[], ms: number): void {
  const found = durationBoundsMs.findIndex((bound) => ms <= bound);
  const index = found < 0 ? classes - 1 : found;
  histogram[index] = (histogram[index] ?? 0) + 1;
}

/** Adds `more` to `sum`, which is changed. */
export function addTally(sum: Tally, more: Tally): Tally {
  sum.started += more.started;
  sum.finished += more.finished;
  sum.failed += more.failed;
  for (let index = 0; index < classes; index++) {
    sum.waits[index] = (sum.waits[index] ?? 0) + (more.waits[index] ?? 0);
    sum.runs[index] = (sum.runs[index] ?? 0) + (more.runs[index] ?? 0);
  }
  return sum;
}

/**
 * About which duration the part `share` (0 to 1) stays below: as if a class's durations were spread evenly over it. What is
 * in the last class counts as its lower bound.
 * @returns milliseconds; null when nothing was counted.
 */
export function quantileMs(histogram: readonly number[], share: number): number | null {
  const total = histogram.reduce((sum, figure) => sum + figure, 0);
  if (total === 0) return null;
  let left = total * share;
  for (const [index, figure] of histogram.entries()) {
    const from = durationBoundsMs[index - 1] ?? 0;
    const to = durationBoundsMs[index];
    if (to === undefined) return from;
    if (left <= figure && figure > 0) return from + ((to - from) * left) / figure;
    left -= figure;
  }
  return durationBoundsMs.at(-1) ?? null;
}

/** The stretches that are looked at, and the spans that each is counted in. */
export const windows = {
  "5m": { spanS: 5, spans: 60 },
  "1h": { spanS: 60, spans: 60 },
  "24h": { spanS: 900, spans: 96 },
} as const;
export type Window = keyof typeof windows;
export const windowNames = Object.keys(windows) as [Window, ...Window[]];
