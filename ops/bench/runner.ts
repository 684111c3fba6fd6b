import { findBrowser } from "../../worker/browser/testing/find-browser.ts";
import { startDemoSite } from "../demo/site.ts";
import { type BenchOptions, type BenchResult, barOf, type Row, rowOf } from "./result.ts";
import { casesOf } from "./runner/cases.ts";
import { ensurePeer } from "./runner/peer.ts";
import { type Contender, type Field, type Measured, measure } from "./runner/side.ts";

const full = { cases: 40, rounds: 3, workers: [1, 2, 4] };
const quick = { cases: 16, rounds: 1, workers: [2] };
const budgetMs = 540_000;

const measures = {
  casesPerSecond: { what: "cases per second", unit: "per s" },
  p50Ms: { what: "a case, p50", unit: "ms" },
  p95Ms: { what: "a case, p95", unit: "ms" },
  cpuSeconds: { what: "processor time of all cases", unit: "s" },
  memoryMegabytes: { what: "memory, most at once", unit: "MB" },
} as const;
type Measure = keyof typeof measures;

/**
 * The runner and Playwright Test: the same cases on the same site in the same browser, each in processes of its own, in rounds
 * that take turns. Ours is the real pool of threads and browsers with its evidence on the disk, without API and database.
 */
export async function benchRunner({ quick: isQuick, home }: BenchOptions): Promise<BenchResult> {
  const sizes = isQuick ? quick : full;
  const [place, executablePath] = await Promise.all([ensurePeer(home), findBrowser()]);
  const site = await startDemoSite({ port: 0 });
  const field: Field = { siteUrl: site.url, executablePath, place, cases: casesOf(sizes.cases) };
  const seen = new Map<string, Measured[]>();
  const began = performance.now();
  let rounds = 0;
  try {
    while (rounds < sizes.rounds && (rounds === 0 || performance.now() - began < budgetMs)) {
      rounds++;
      for (const contender of contendersOf(sizes.workers, rounds)) {
        console.error(`round ${rounds} of ${sizes.rounds}: ${nameOf(contender)}`);
        const before = seen.get(nameOf(contender)) ?? [];
        seen.set(nameOf(contender), [...before, await measure(contender, field)]);
      }
    }
  } finally {
    await site.close();
  }
  const notes = [
    `${sizes.cases} cases of 6 to 12 steps, ${rounds} rounds that take turns; browser ${executablePath}`,
    "Verdict: the real pool (threads, warm browsers, a fresh context per case), timed from a pool that is up (a worker runs all day) to the last outcome, its processor time with its start; evidence on: a picture after each step, evidence off: on failure only",
    "Playwright Test: fullyParallel, timed from its first test to its last, without the start of its command; evidence on: trace on, evidence off: trace off",
    "processor time and memory: of the whole command with its browsers, looked at five times a second",
  ];
  return { rows: rowsOf(seen), bars: barsOf(seen, sizes.workers), notes };
}

/** In another order each round, so that nobody is always the first. */
function contendersOf(workers: readonly number[], round: number): Contender[] {
  const all = workers.flatMap((count) =>
    [true, false].flatMap((isEvidence) =>
      (["Verdict", "Playwright Test"] as const).map((who) => ({ who, isEvidence, workers: count })),
    ),
  );
  return round % 2 === 0 ? all.toReversed() : all;
}

function nameOf({ who, isEvidence, workers }: Contender): string {
  return `${who}, ${workers} workers, evidence ${isEvidence ? "on" : "off"}`;
}

function rowsOf(seen: ReadonlyMap<string, Measured[]>): Row[] {
  return (Object.keys(measures) as Measure[]).flatMap((measure) => {
    const { what, unit } = measures[measure];
    return [...seen].map(([who, found]) =>
      rowOf(
        what,
        who,
        unit,
        found.map((one) => one[measure]),
      ),
    );
  });
}

const wanted = { on: 2, off: 1.5, cpu: 1 / 0.7, memory: 1 } as const;

function barsOf(seen: ReadonlyMap<string, Measured[]>, workerCounts: readonly number[]) {
  const median = (contender: Contender, measure: Measure) =>
    rowOf(
      "",
      "",
      "ms",
      (seen.get(nameOf(contender)) ?? []).map((one) => one[measure]),
    ).median;
  return workerCounts.flatMap((workers) =>
    [true, false].flatMap((isEvidence) => {
      const ours: Contender = { who: "Verdict", isEvidence, workers };
      const theirs: Contender = { who: "Playwright Test", isEvidence, workers };
      const where = `${workers} workers, evidence ${isEvidence ? "on" : "off"}`;
      const less = (measure: Measure) => median(theirs, measure) / median(ours, measure);
      const faster = median(ours, "casesPerSecond") / median(theirs, "casesPerSecond");
      return [
        barOf(`cases per second, ${where}`, faster, isEvidence ? wanted.on : wanted.off),
        barOf(`less processor time, ${where}`, less("cpuSeconds"), wanted.cpu),
        barOf(`less memory, ${where}`, less("memoryMegabytes"), wanted.memory),
      ];
    }),
  );
}
