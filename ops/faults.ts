// Injects faults and checks what was promised:   npm run faults -- [ID…] [--trials N] [--seed S] [--quick]
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { projectRoot } from "./config.ts";
import { type DatabaseServer, startDatabaseServer } from "./faults/database-server.ts";
import type { Experiment } from "./faults/experiment.ts";
import { experiments } from "./faults/experiments/index.ts";
import { nothingLeft, textOfNothingLeft } from "./faults/nothing-left.ts";
import { breaksOf, textOf } from "./faults/report.ts";
import { type Report, runExperiment } from "./faults/run.ts";

type Asked = {
  chosen: Experiment[];
  /** Whether `nothing-left`, which needs no installation, is among them. */
  isLeftAsked: boolean;
  trials: number | null;
  seed: string;
  quick: boolean;
};

const leftId = "nothing-left";
const leftKills = 200;
const leftKillsQuick = 12;
const casesPerKill = 5;
const leftGrowth = { memoryBytesMax: 150_000_000, descriptorsMax: 10 };

async function main(): Promise<number> {
  const asked = readArguments(process.argv.slice(2));
  if (typeof asked === "string") {
    console.error(asked);
    return 1;
  }
  const leftBreaks = asked.isLeftAsked ? await lookForLeft(asked) : 0;
  if (asked.chosen.length === 0) return leftBreaks === 0 ? 0 : 1;
  const scratch = mkdtempSync(join(tmpdir(), "verdict-fault-suite-"));
  // The system user of PostgreSQL must get through it.
  chmodSync(scratch, 0o755);
  for (const signal of ["SIGINT", "SIGTERM", "disconnect"]) process.on(signal, () => process.exit(1));
  let server: DatabaseServer | null = null;
  try {
    server = await startDatabaseServer(scratch);
    process.env.VERDICT_TEST_PG_OWNER_URL = server.superuserUrl;
    const reports = await runAll(asked, server);
    console.log(`\n${write("faults", reports)}`);
    const broken = breaksOf(reports) + leftBreaks;
    console.log(broken === 0 ? "Nothing broke." : `${broken} breaks.`);
    return broken === 0 ? 0 : 1;
  } finally {
    await server?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** @returns what was asked for, or what is wrong with it. */
function readArguments(args: string[]): Asked | string {
  const ids = [...experiments.map(({ id }) => id), leftId];
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { trials: { type: "string" }, seed: { type: "string" }, quick: { type: "boolean" } },
    });
    const unknown = positionals.find((id) => !ids.includes(id));
    if (unknown !== undefined) return `"${unknown}" is no experiment: expected some of ${ids.join(", ")}.`;
    const trials = values.trials === undefined ? null : Number(values.trials);
    if (trials !== null && !(Number.isInteger(trials) && trials >= 1 && trials <= 10_000)) {
      return `--trials is ${values.trials}: expected a whole number from 1 to 10000.`;
    }
    const chosen = experiments.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
    return {
      chosen,
      isLeftAsked: positionals.length === 0 || positionals.includes(leftId),
      trials,
      seed: values.seed ?? String(Date.now() % 1_000_000),
      quick: values.quick ?? false,
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** @returns how many breaks there were */
async function lookForLeft({ trials, seed, quick }: Asked): Promise<number> {
  const kills = trials ?? (quick ? leftKillsQuick : leftKills);
  console.error(`\n${leftId}: browsers killed at moments of chance, and then case after case in one pool`);
  const report = await nothingLeft({
    kills,
    cases: casesPerKill * kills,
    seed,
    growth: leftGrowth,
    say: (line) => console.error(`  ${line}`),
  });
  console.log(`\n${textOfNothingLeft(report)}\n${write(leftId, report)}`);
  return report.breaks.length;
}

async function runAll({ chosen, trials, seed, quick }: Asked, server: DatabaseServer): Promise<Report[]> {
  const reports: Report[] = [];
  for (const experiment of chosen) {
    const reason = experiment.missing?.() ?? false;
    if (reason !== false) {
      console.log(`\n${experiment.id}: left out, ${reason}`);
      continue;
    }
    console.error(`\n${experiment.id}: ${experiment.injects}`);
    const report = await runExperiment(experiment, {
      seed,
      trials: trials ?? (quick ? experiment.quickTrials : experiment.trials),
      server,
      say: (line) => console.error(`  ${line}`),
    });
    console.log(`\n${textOf(report)}`);
    reports.push(report);
  }
  return reports;
}

function write(name: string, found: unknown): string {
  const folder = join(projectRoot, "bench-results");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`);
  return file;
}

process.exitCode = await main();
if (process.connected) process.disconnect();
