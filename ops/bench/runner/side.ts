import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { projectRoot } from "../../config.ts";
import type { BenchCase } from "./cases.ts";
import { writePlaywright } from "./playwright.ts";
import { type Usage, watchUsage } from "./usage.ts";
import type { VerdictPlan } from "./verdict-side.ts";

const boundMs = 300_000;

export type Field = { siteUrl: string; executablePath: string; place: string; cases: BenchCase[] };
/** `isEvidence`: a trace, or pictures of each step. */
export type Contender = { who: "Verdict" | "Playwright Test"; isEvidence: boolean; workers: number };
export type Measured = Usage & { casesPerSecond: number; p50Ms: number; p95Ms: number };

/** Runs all cases once, in processes of their own. @throws when any of them does not pass: then there is nothing to compare. */
export async function measure(contender: Contender, field: Field): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "verdict-bench-"));
  const resultPath = join(folder, "result.json");
  try {
    const args =
      contender.who === "Verdict"
        ? verdictArgs(folder, resultPath, contender, field)
        : playwrightArgs(folder, contender, field);
    const usage = await runChild(args, folder);
    const result = JSON.parse(readFileSync(resultPath, "utf8")) as {
      ms: number;
      passed: number;
      failed: string[];
      times: number[];
    };
    if (result.failed.length > 0 || result.passed !== field.cases.length) {
      throw new Error(
        `${contender.who}: ${result.failed.length} cases failed, the first: ${result.failed[0]}`,
      );
    }
    const times = result.times.toSorted((a, b) => a - b);
    const at = (share: number) =>
      times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
    return {
      ...usage,
      casesPerSecond: (field.cases.length / result.ms) * 1_000,
      p50Ms: at(0.5),
      p95Ms: at(0.95),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function verdictArgs(folder: string, resultPath: string, contender: Contender, field: Field): string[] {
  const planPath = join(folder, "plan.json");
  const { cases, siteUrl, executablePath } = field;
  const plan: VerdictPlan = {
    folder,
    cases,
    siteUrl,
    executablePath,
    workers: contender.workers,
    screenshots: contender.isEvidence ? "each-step" : "on-failure",
  };
  writeFileSync(planPath, JSON.stringify(plan));
  return [
    "--import",
    "tsx",
    fileURLToPath(new URL("./verdict-side.ts", import.meta.url)),
    planPath,
    resultPath,
  ];
}

function playwrightArgs(folder: string, { isEvidence, workers }: Contender, field: Field): string[] {
  const { place, cases, siteUrl, executablePath } = field;
  const trace = isEvidence ? "on" : "off";
  const config = writePlaywright(folder, place, cases, { siteUrl, executablePath, workers, trace });
  return [join(place, "node_modules/@playwright/test/cli.js"), "test", "--config", config];
}

async function runChild(args: readonly string[], folder: string): Promise<Usage> {
  const child = spawn(process.execPath, args, {
    cwd: projectRoot,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TMPDIR: folder },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      said = (said + text).slice(-4_000);
    });
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), boundMs);
  const usage = watchUsage(child.pid ?? 0);
  const [code] = (await once(child, "exit")) as [number | null];
  clearTimeout(timer);
  const used = usage.stop();
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${said}`);
  return used;
}
