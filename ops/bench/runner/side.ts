import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { projectRoot } from "../../config.ts";
import type { BenchCase } from "./cases.ts";
import { writePlaywright } from "./playwright.ts";
import type { ProductPlan } from "./product-side.ts";
import type { PuppeteerPlan } from "./puppeteer-side.ts";
import { type Usage, watchUsage } from "./usage.ts";

const boundMs = 300_000;

export type Field = { siteUrl: string; executablePath: string; place: string; cases: BenchCase[] };
/** `evidence`: ours as the policy of the project; `on` of Playwright Test is its trace; the script keeps nothing. */
export type Contender = {
  who: "Verdict" | "Playwright Test" | "Puppeteer script";
  evidence: "on" | "on-failure" | "off";
  workers: number;
};
export type Measured = Usage & { casesPerSecond: number; p50Ms: number; p95Ms: number };

/** Runs all cases once, in processes of their own. @throws when any of them does not pass: then there is nothing to compare. */
export async function measure(contender: Contender, field: Field): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "verdict-bench-"));
  const resultPath = join(folder, "result.json");
  try {
    const usage = await runChild(argsOf(contender, folder, resultPath, field), folder);
    const result = JSON.parse(readFileSync(resultPath, "utf8")) as {
      ms: number;
      passed: number;
      failed: string[];
      times: number[];
    } & Partial<Usage>;
    if (result.failed.length > 0 || result.passed !== field.cases.length) {
      throw new Error(
        `${contender.who}: ${result.failed.length} cases failed, the first: ${result.failed[0]}`,
      );
    }
    const times = result.times.toSorted((a, b) => a - b);
    const at = (share: number) =>
      times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
    const { cpuSeconds = usage.cpuSeconds, memoryMegabytes = usage.memoryMegabytes } = result;
    return {
      cpuSeconds,
      memoryMegabytes,
      casesPerSecond: (field.cases.length / result.ms) * 1_000,
      p50Ms: at(0.5),
      p95Ms: at(0.95),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function argsOf(contender: Contender, folder: string, resultPath: string, field: Field): string[] {
  if (contender.who === "Playwright Test") return playwrightArgs(folder, contender, field);
  const { cases, siteUrl, executablePath } = field;
  const { who, workers, evidence } = contender;
  const plan: ProductPlan & PuppeteerPlan = { folder, cases, siteUrl, executablePath, workers, evidence };
  const planPath = join(folder, "plan.json");
  writeFileSync(planPath, JSON.stringify(plan));
  const side = who === "Verdict" ? "./product-side.ts" : "./puppeteer-side.ts";
  return ["--import", "tsx", fileURLToPath(new URL(side, import.meta.url)), planPath, resultPath];
}

function playwrightArgs(folder: string, { evidence, workers }: Contender, field: Field): string[] {
  const { place, cases, siteUrl, executablePath } = field;
  const trace = evidence === "on" ? "on" : "off";
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
