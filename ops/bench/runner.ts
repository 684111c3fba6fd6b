import { findBrowser } from "../../worker/browser/testing/find-browser.ts";
import { startDemoSite } from "../demo/site.ts";
import { type BenchOptions, type BenchResult, barOf, type Row, rowOf } from "./result.ts";
import { casesOf } from "./runner/cases.ts";
import { ensurePeer } from "./runner/peer.ts";
import { type Contender, type Field, type Measured, measure } from "./runner/side.ts";

const full = { cases: 40, rounds: 3, workers: [1, 2, 4, 8] };
const quick = { cases: 16, rounds: 1, workers: [2] };
const budgetMs = 1_500_000;

const measures = {
  casesPerSecond: { what: "cases per second", unit: "per s" },
  p50Ms: { what: "a case, p50", unit: "ms" },
  p95Ms: { what: "a case, p95", unit: "ms" },
  cpuSeconds: { what: "processor time of all cases", unit: "s" },
  memoryMegabytes: { what: "memory, most at once", unit: "MB" },
} as const;
type Measure = keyof typeof measures;

/**
 * The whole product, Playwright Test, and a plain Puppeteer script as the limit: the same cases on the same site in the same
 * browser, each in processes of its own, in rounds that take turns.
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
    "Verdict: the whole product with API, outbox, a worker, PostgreSQL (fsync on) and storage, timed from the request that starts the suite to the end of the run, on an installation that is up (a worker runs all day); processor time and memory of all its processes meanwhile. Evidence on: pictures before and after steps, DOM replay, network, console; on-failure: the same of attempts that did not pass",
    "Playwright Test: fullyParallel, timed from its first test to its last, without the start of its command; evidence on: trace on, off: trace off; processor time and memory of the whole command",
    "Puppeteer script: its public interface, a warm browser for each worker, a fresh context for each case, nothing kept: the limit of doing it so",
    "processor time and memory: with all browsers, looked at five times a second",
  ];
  return { rows: rowsOf(seen), bars: barsOf(seen, sizes.workers), notes };
}

/** In another order each round, so that nobody is always the first. */
function contendersOf(workers: readonly number[], round: number): Contender[] {
  const all = workers.flatMap((count): Contender[] => [
    { who: "Verdict", evidence: "on", workers: count },
    { who: "Playwright Test", evidence: "on", workers: count },
    { who: "Verdict", evidence: "on-failure", workers: count },
    { who: "Playwright Test", evidence: "off", workers: count },
    { who: "Verdict", evidence: "off", workers: count },
    { who: "Puppeteer script", evidence: "off", workers: count },
  ]);
  return round % 2 === 0 ? all.toReversed() : all;
}

function nameOf({ who, evidence, workers }: Contender): string {
  return `${who}, ${workers} workers, evidence ${evidence}`;
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

const pairs = [
  { ours: "on", theirs: "on", faster: 2 },
  { ours: "on-failure", theirs: "off", faster: 1.5 },
] as const;
const lessProcessor = 1 / 0.7;

function barsOf(seen: ReadonlyMap<string, Measured[]>, workerCounts: readonly number[]) {
  const median = (contender: Contender, measure: Measure) => {
    const found = (seen.get(nameOf(contender)) ?? []).map((one) => one[measure]);
    return rowOf("", "", "ms", found).median;
  };
  return workerCounts.flatMap((workers) =>
    pairs.flatMap((pair) => {
      const ours: Contender = { who: "Verdict", evidence: pair.ours, workers };
      const theirs: Contender = { who: "Playwright Test", evidence: pair.theirs, workers };
      const where = `${workers} workers, evidence ${pair.ours} to trace ${pair.theirs}`;
      const less = (measure: Measure) => median(theirs, measure) / median(ours, measure);
      const faster = median(ours, "casesPerSecond") / median(theirs, "casesPerSecond");
      return [
        barOf(`cases per second, ${where}`, faster, pair.faster),
        barOf(`less processor time, ${where}`, less("cpuSeconds"), lessProcessor),
        barOf(`less memory, ${where}`, less("memoryMegabytes"), 1),
      ];
    }),
  );
}
