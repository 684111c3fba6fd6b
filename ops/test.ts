// Runs the project's tests:   npm test [-- part-of-a-path …]
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { projectRoot } from "./config.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./embedded-postgres.ts";
import { ensureImages, isContainerTest, removeLeftContainers } from "./testing/containers.ts";
import { endProcesses, leftFolders, leftProcesses } from "./testing/leftovers.ts";
import { ensurePrograms } from "./testing/programs.ts";

const folders = ["api", "cli", "db", "grafana", "nginx", "ops", "web", "worker"];
const fileTimeoutMs = 300_000;
/** Bringing a whole install up and down takes long on a busy machine. */
const containerFileTimeoutMs = 900_000;
const filesAtOnce = 2;
const slowestTold = 25;

type Counts = { passed: number; failed: number; skipped: number };

async function main(): Promise<number> {
  const filters = process.argv.slice(2);
  const files = folders.flatMap(testFiles).filter((file) => matches(relative(projectRoot, file), filters));
  if (files.length === 0) {
    console.error(`No test file's path contains ${filters.map((text) => `"${text}"`).join(" or ")}.`);
    return report({ passed: 0, failed: 1, skipped: 0 });
  }
  const ending = new AbortController();
  for (const event of ["SIGINT", "SIGTERM", "disconnect"]) process.on(event, () => ending.abort());

  const scratch = scratchFolder();
  let server: EmbeddedPostgres | null = null;
  try {
    for (const line of await ensurePrograms()) console.error(line);
    const hasContainers = files.some(isContainerTest);
    const notes = hasContainers ? await ensureImages() : [];
    for (const line of notes) console.error(line);
    const home = join(scratch, "postgres-home");
    server = await startEmbeddedPostgres({ home, fsync: false });
    // Every temporary folder of the tests is made in ours, which also marks the processes that use one.
    process.env.TMPDIR = scratch;
    process.env.VERDICT_TEST_PG_OWNER_URL = server.superuserUrl;
    process.env.VERDICT_HOME = join(scratch, "home");
    const counts = await runFiles(files, ending.signal);
    await server.stop();
    server = null;
    counts.failed += reportLeftovers(scratch, hasContainers);
    if (ending.signal.aborted) counts.failed = Math.max(1, counts.failed);
    // Again where it is read: what was not tested must not drown in what was.
    for (const line of notes) console.error(`\n${line}`);
    return report(counts);
  } finally {
    await server?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function testFiles(folder: string): string[] {
  const path = join(projectRoot, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.test\.tsx?$/.test(name) && !name.includes("node_modules"))
    .sort()
    .map((name) => join(path, name));
}

function matches(file: string, filters: readonly string[]): boolean {
  return filters.length === 0 || filters.some((filter) => file.includes(filter.replace(/^\.\//, "")));
}

/** The system user of PostgreSQL must get through it, and tsx must find what it compiled last time. */
function scratchFolder(): string {
  const scratch = mkdtempSync(join(tmpdir(), "verdict-tests-"));
  chmodSync(scratch, 0o755);
  const cache = `tsx-${process.geteuid?.() ?? ""}`;
  if (existsSync(join(tmpdir(), cache))) symlinkSync(join(tmpdir(), cache), join(scratch, cache));
  return scratch;
}

async function runFiles(files: string[], signal: AbortSignal): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const took: { file: string; ms: number }[] = [];
  const events = run({
    files,
    signal,
    concurrency: filesAtOnce,
    timeout: files.some(isContainerTest) ? containerFileTimeoutMs : fileTimeoutMs,
    execArgv: ["--import", "tsx"],
  });
  events.on("test:summary", ({ file, counts: sums, duration_ms: ms }) => {
    if (file !== undefined) took.push({ file: relative(projectRoot, file), ms });
    if (file !== undefined) return;
    counts.passed = sums.passed;
    counts.failed = sums.tests - sums.passed - sums.skipped - sums.todo;
    counts.skipped = sums.skipped + sums.todo;
  });
  const output = events.compose(new spec());
  for await (const chunk of output) process.stdout.write(chunk);
  tellSlowest(took);
  return counts;
}

/** Where the time of a whole run goes. */
function tellSlowest(took: { file: string; ms: number }[]): void {
  if (took.length <= slowestTold) return;
  const slowest = took.sort((a, b) => b.ms - a.ms).slice(0, slowestTold);
  const lines = slowest.map(({ file, ms }) => `${(ms / 1_000).toFixed(0).padStart(5)} s  ${file}`);
  process.stdout.write(`\nThe files that took longest:\n${lines.join("\n")}\n`);
}

/** Anything that outlived its test is a failure, and is ended so that it does not disturb the next run. */
function reportLeftovers(scratch: string, hasContainers: boolean): number {
  const containers = hasContainers ? removeLeftContainers(scratch) : [];
  const processes = leftProcesses(scratch);
  const left = [
    ...processes.map(({ pid, command }) => `process ${pid} is still running: ${command}`),
    ...containers,
    ...leftFolders(scratch).map((name) => `temporary folder ${name} was left`),
  ];
  for (const line of left) console.error(`✖ left behind: ${line}`);
  endProcesses(processes);
  return left.length;
}

function report({ passed, failed, skipped }: Counts): number {
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
if (process.connected) process.disconnect();
