/** What a benchmark found, the same shape for all: `bench-results/NAME.json`. */
export type BenchResult = {
  rows: Row[];
  bars: Bar[];
  /** Which configuration of whom was measured, and why it is a fair one. */
  notes: string[];
};

export type Row = {
  what: string;
  who: string;
  unit: "per s" | "ms" | "s" | "MB" | "%";
  /** Of the rounds. */
  median: number;
  low: number;
  high: number;
  rounds: number[];
  /** For what could not be measured, or only so far. */
  remark?: string;
};

/** `ratio` compares ours with what is named; it holds when it is at least `want`. */
export type Bar = { name: string; ratio: number; want: number; holds: boolean };

export type BenchOptions = { quick: boolean; home: string };
export type Bench = (options: BenchOptions) => Promise<BenchResult>;

export function rowOf(what: string, who: string, unit: Row["unit"], rounds: number[], remark?: string): Row {
  const sorted = rounds.toSorted((a, b) => a - b);
  const [low = Number.NaN, high = Number.NaN] = [sorted[0], sorted.at(-1)];
  return { what, who, unit, median: quantile(sorted, 0.5), low, high, rounds, ...(remark ? { remark } : {}) };
}

/** Of sorted numbers. */
export function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * q;
  const [below = 0, above = 0] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return below + (above - below) * (at - Math.floor(at));
}

export function barOf(name: string, ratio: number, want: number): Bar {
  return { name, ratio, want, holds: ratio >= want };
}

/** A table per thing that was measured. */
export function tableOf({ rows, bars, notes }: BenchResult): string {
  const lines: string[] = [];
  for (const what of new Set(rows.map((row) => row.what))) {
    lines.push("", what);
    for (const row of rows.filter((row) => row.what === what)) {
      const spread = row.rounds.length > 1 ? `  (${figure(row.low)} to ${figure(row.high)})` : "";
      const value = Number.isNaN(row.median) ? "-" : `${figure(row.median)} ${row.unit}`;
      lines.push(
        `  ${row.who.padEnd(34)} ${value.padStart(16)}${spread}${row.remark ? `  ${row.remark}` : ""}`,
      );
    }
  }
  lines.push("", "Bars");
  for (const { name, ratio, want, holds } of bars) {
    lines.push(`  ${holds ? "holds" : "FAILS"}  ${ratio.toFixed(2).padStart(7)}  wanted ${want}  ${name}`);
  }
  lines.push("", ...notes.map((note) => `  ${note}`));
  return lines.join("\n");
}

function figure(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value.toFixed(value >= 10 ? 1 : 2);
}
