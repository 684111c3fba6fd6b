import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Written } from "../../worker/browser/testing/run.ts";
import { type Site, startSite } from "../../worker/browser/testing/site.ts";
import { PoolBench } from "../../worker/testing/pool-bench.ts";
import { until } from "../../worker/testing/wait.ts";
import { quantile } from "../bench/result.ts";
import { groupOf } from "./processes.ts";
import { type Random, randomOf } from "./random.ts";

/** Bounds of what may be more at the end than after the first cases. Noise of a collector and of an allocator is not growth. */
export type Growth = { memoryBytesMax: number; descriptorsMax: number };

export type NothingLeftOptions = {
  /** Attempts whose browser is killed while they run. */
  kills: number;
  /** Attempts that run to their end, one after the other in one pool. */
  cases: number;
  seed: string;
  growth: Growth;
  /** A line for whoever waits. */
  say: (line: string) => void;
};

/** Of this process, while no attempt runs; and of that process of its browsers that has the most. */
type Sample = { memoryBytes: number; descriptors: number; browserDescriptors: number };

export type NothingLeftReport = {
  kills: number;
  cases: number;
  seed: string;
  seconds: number;
  /** How the attempts ended whose browsers were killed: `error browser-crashed`, `passed`. */
  ends: Record<string, number>;
  /** After a tenth of the cases, and at the end: middle values of several looks. */
  early: Sample;
  late: Sample;
  /** All looks, one after every ten cases. */
  samples: Sample[];
  breaks: string[];
};

const attemptsMax = 2;
/** From the start of an attempt to the blow: while it starts its browser, opens a page, does its steps, closes. */
const killedWithinMs = 2_500;
const casesPerBatch = 10;
const samplesMax = 3;

const steps: Written[] = [
  { type: "goto", url: "/form" },
  { type: "fill", target: "label=Name", value: "Ada" },
  { type: "upload", target: "css=#file", files: [{ name: "a.txt", content: "abc" }] },
  { type: "screenshot" },
  { type: "click", target: "css=#send" },
  { type: "expectText", target: "css=#query", text: "name=Ada" },
  { type: "goto", url: "/downloads" },
  { type: "click", target: "css=#csv" },
  { type: "expectDownload", fileName: "report.csv" },
];

/** Many attempts through a pool with real browsers; then what they have left behind, and by how much we have grown. */
export async function nothingLeft(options: NothingLeftOptions): Promise<NothingLeftReport> {
  const began = performance.now();
  const scratch = mkdtempSync(join(tmpdir(), "verdict-nothing-left-"));
  const before = process.env.TMPDIR;
  // Whatever is made in a temporary folder, by us or by a browser, is found in this one.
  process.env.TMPDIR = scratch;
  const site = await startSite();
  try {
    const breaks: string[] = [];
    const ends = await killing(site, options, breaks);
    const { early, late, samples } = await growing(site, options, breaks);
    breaks.push(...readdirSync(scratch).map((name) => `temporary file ${name} was left`));
    const seconds = Math.round((performance.now() - began) / 1_000);
    const { kills, cases, seed } = options;
    return { kills, cases, seed, seconds, ends, early, late, samples, breaks };
  } finally {
    await site.close();
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function killing(
  site: Site,
  { kills, seed, say }: NothingLeftOptions,
  breaks: string[],
): Promise<Record<string, number>> {
  const random = randomOf(`${seed}/kills`);
  const ends: Record<string, number> = {};
  const bench = await PoolBench.open({ threads: 1, attemptsMax });
  let killed = 0;
  const lane = async (own: Random) => {
    while (killed < kills) {
      const attempt = bench.start([...steps, { type: "waitFor", ms: killedWithinMs }], { baseUrl: site.url });
      await Promise.race([attempt.outcome, delay(own.between(0, killedWithinMs))]);
      if (killOne(bench, own)) killed++;
      const { status, failure } = await attempt.outcome;
      const end = failure ? `${status} ${failure.code}` : status;
      ends[end] = (ends[end] ?? 0) + 1;
      if (status !== "passed" && status !== "error")
        breaks.push(`a kill was taken for ${end}: ${failure?.message}`);
      if (killed % 20 === 0) say(`${killed} of ${kills} kills`);
    }
  };
  try {
    await Promise.all(Array.from({ length: attemptsMax }, (_, index) => lane(random.fork(`${index}`))));
    await lookForAttempts(bench, breaks);
  } finally {
    await end(bench, breaks);
  }
  return ends;
}

/** All of a browser, the process that leads it, or any one of its processes. False when there is none at the moment. */
function killOne(bench: PoolBench, random: Random): boolean {
  const browsers = bench.folder.browsers();
  if (browsers.length === 0) return false;
  const leader = random.pick(browsers);
  const victim = random.pick([-leader, leader, ...groupOf(leader)]);
  try {
    process.kill(victim, "SIGKILL");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

async function growing(
  site: Site,
  { cases, growth, say }: NothingLeftOptions,
  breaks: string[],
): Promise<{ early: Sample; late: Sample; samples: Sample[] }> {
  const bench = await PoolBench.open({ threads: 1, attemptsMax });
  const samples: Sample[] = [];
  try {
    for (let done = 0; done < cases; done += casesPerBatch) {
      for (let at = 0; at < casesPerBatch; at += attemptsMax) await oneRound(bench, site, breaks);
      await lookForAttempts(bench, breaks);
      samples.push(await sampleOf(bench, site));
      say(`${done + casesPerBatch} of ${cases} cases`);
    }
  } finally {
    await end(bench, breaks);
  }
  const warm = Math.min(samples.length - 1, Math.ceil(samples.length / 10));
  const early = middleOf(samples.slice(warm, warm + samplesMax));
  const late = middleOf(samples.slice(-samplesMax));
  const grown = (late.memoryBytes - early.memoryBytes) / 1_000_000;
  if (grown > growth.memoryBytesMax / 1_000_000) breaks.push(`memory has grown by ${Math.round(grown)} MB`);
  for (const kind of ["descriptors", "browserDescriptors"] as const) {
    const more = late[kind] - early[kind];
    if (more > growth.descriptorsMax) breaks.push(`${kind} have grown by ${more}, to ${late[kind]}`);
  }
  return { early, late, samples };
}

async function oneRound(bench: PoolBench, site: Site, breaks: string[]): Promise<void> {
  const plan = {
    baseUrl: site.url,
    screenshots: "each-step",
    evidence: { replay: "on", network: "on" },
  } as const;
  const attempts = Array.from({ length: attemptsMax }, () => bench.start(steps, plan).outcome);
  for (const { status, failure } of await Promise.all(attempts)) {
    if (status !== "passed") breaks.push(`a case was ${status}: ${failure?.message}`);
  }
}

async function sampleOf(bench: PoolBench, site: Site): Promise<Sample> {
  site.requests.length = 0;
  site.dropConnections();
  collectGarbage();
  const descriptors = () => countIn("/proc/self/fd");
  // Sockets that were dropped are gone a moment later.
  let last = -1;
  await until("descriptors stay as they are", 10_000, () => {
    const now = descriptors();
    const isSame = now === last;
    last = now;
    return isSame;
  });
  const processes = bench.folder.browsers().flatMap(groupOf);
  return {
    memoryBytes: process.memoryUsage().rss,
    descriptors: last,
    browserDescriptors: Math.max(0, ...processes.map((pid) => countIn(`/proc/${pid}/fd`))),
  };
}

/** Of this thread; those of the pool collect as they need. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

function middleOf(samples: readonly Sample[]): Sample {
  const middle = (kind: keyof Sample) =>
    quantile(
      samples.map((sample) => sample[kind]).sort((a, b) => a - b),
      0.5,
    );
  return {
    memoryBytes: middle("memoryBytes"),
    descriptors: middle("descriptors"),
    browserDescriptors: middle("browserDescriptors"),
  };
}

/** The middle of each quarter of the looks: one that grows is higher than the one before it, again and again. */
function quarters(samples: readonly Sample[]): Sample[] {
  const length = Math.max(1, Math.ceil(samples.length / 4));
  const starts = [0, 1, 2, 3].map((index) => index * length);
  return starts
    .filter((from) => from < samples.length)
    .map((from) => middleOf(samples.slice(from, from + length)));
}

/** No attempt runs: of what attempts have, nothing may be there. */
async function lookForAttempts(bench: PoolBench, breaks: string[]): Promise<void> {
  for (const name of bench.leftOfAttempts()) breaks.push(`${name} was left by an attempt`);
}

async function end(bench: PoolBench, breaks: string[]): Promise<void> {
  const { processes, profiles } = await bench.close();
  for (const { pid, command } of processes) breaks.push(`process ${pid} is left: ${command}`);
  for (const name of profiles) breaks.push(`profile ${name} is left`);
}

function countIn(folder: string): number {
  try {
    return readdirSync(folder).length;
  } catch {
    return 0;
  }
}

/** What was found, for a person. */
export function textOfNothingLeft(report: NothingLeftReport): string {
  const { kills, cases, seed, seconds, ends, early, late, samples, breaks } = report;
  const megabytes = (bytes: number) => `${Math.round(bytes / 1_000_000)} MB`;
  const listed = Object.entries(ends).map(([name, count]) => `${count} ${name}`);
  return [
    "nothing-left: browsers killed, and case after case",
    `  kills       ${kills}, then ${cases} cases, in ${seconds} s, seed ${seed}`,
    `  ends        ${listed.join(", ")}`,
    `  memory      ${megabytes(early.memoryBytes)} after a tenth of the cases, ${megabytes(late.memoryBytes)} at the end`,
    `  descriptors ${early.descriptors}, then ${late.descriptors}; of a browser ${early.browserDescriptors}, then ${late.browserDescriptors}`,
    `  on the way  ${quarters(samples)
      .map(({ memoryBytes }) => megabytes(memoryBytes))
      .join(", ")}: middle of each quarter of the cases`,
    ...(breaks.length === 0 ? ["  holds"] : breaks.map((text) => `  BROKEN      ${text}`)),
  ].join("\n");
}
