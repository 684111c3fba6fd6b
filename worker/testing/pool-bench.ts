import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunnerEvent } from "../../db/domain/events.ts";
import { stepsSchema } from "../../db/domain/steps/index.ts";
import type { AttemptOutcome, AttemptPlan } from "../browser/protocol.ts";
import { findBrowser } from "../browser/testing/find-browser.ts";
import type { Written } from "../browser/testing/run.ts";
import { noLog, noMetrics } from "../metrics.ts";
import { BrowserPool, type RunningAttempt } from "../pool.ts";
import { openRunFolder, type RunFolder } from "../run-folder.ts";
import { until } from "./wait.ts";

export type PoolAttempt = {
  running: RunningAttempt;
  outcome: Promise<AttemptOutcome>;
  events: RunnerEvent[];
  /** How many files it has sent, and of how many bytes. */
  files: { count: number; bytes: number };
  /** Resolves when so many steps at the top have begun. */
  begun(steps: number): Promise<void>;
};

/** Real browsers as a worker drives them, through the pool and its threads, on a run folder of their own. */
export class PoolBench {
  readonly pool: BrowserPool;
  readonly folder: RunFolder;
  readonly home: string;
  readonly #executablePath: string;

  private constructor(pool: BrowserPool, folder: RunFolder, home: string, executablePath: string) {
    this.pool = pool;
    this.folder = folder;
    this.home = home;
    this.#executablePath = executablePath;
  }

  static async open(options: { threads: number; attemptsMax: number }): Promise<PoolBench> {
    const home = mkdtempSync(join(tmpdir(), "verdict-pool-bench-"));
    const folder = await openRunFolder(home, "bench");
    const pool = new BrowserPool({ ...options, folder, metrics: noMetrics, log: noLog });
    return new PoolBench(pool, folder, home, await findBrowser());
  }

  start(
    steps: readonly Written[],
    {
      browser,
      ...plan
    }: Partial<Omit<AttemptPlan, "browser">> & { browser?: Partial<AttemptPlan["browser"]> },
  ): PoolAttempt {
    const events: RunnerEvent[] = [];
    const files = { count: 0, bytes: 0 };
    const running = this.pool.run(
      {
        executionId: randomUUID(),
        attempt: 1,
        organizationId: "organization",
        workerName: "worker",
        steps: stepsSchema.parse(steps),
        variables: {},
        secrets: {},
        baseUrl: null,
        browser: {
          name: "chromium",
          executablePath: this.#executablePath,
          sandbox: process.getuid?.() !== 0,
          profilesDirectory: this.folder.profilesDirectory,
          ...browser,
        },
        viewport: { width: 800, height: 600 },
        timeoutMs: 120_000,
        screenshots: "on-failure",
        ...plan,
      },
      (message, taken) => {
        if (message.type === "events") events.push(...message.events);
        if (message.type === "artifact") {
          files.count++;
          files.bytes += message.artifact.bytes.byteLength;
        }
        taken();
      },
    );
    const begun = async (count: number) => {
      await until(`step ${count} has begun`, 120_000, () => {
        return events.filter(({ type }) => type === "step-started").length >= count;
      });
    };
    return { running, outcome: running.outcome, events, files, begun };
  }

  /** What attempts have left in the folder of profiles; those of warm browsers stay as long as these do. */
  leftOfAttempts(): string[] {
    return readdirSync(this.folder.profilesDirectory).filter((name) => !name.startsWith("browser-"));
  }

  profiles(): string[] {
    return readdirSync(this.folder.profilesDirectory);
  }

  /** Living processes, of any parent, that were started with a folder of ours. */
  processes(): { pid: number; command: string }[] {
    return readdirSync("/proc").flatMap((name) => {
      const pid = Number(name);
      if (!(pid > 0) || pid === process.pid) return [];
      const command = readProc(pid, "cmdline");
      const isOurs = command.includes(this.home) || readProc(pid, "environ").includes(this.home);
      return isOurs ? [{ pid, command: command.replaceAll("\0", " ").slice(0, 200) }] : [];
    });
  }

  /** Ends the pool, looks at what is left when it has gone, and takes the folder away. */
  async close(): Promise<{ processes: { pid: number; command: string }[]; profiles: string[] }> {
    await this.pool.close();
    const profiles = this.profiles();
    // A process that was killed is there until its parent has taken leave of it.
    await until("its processes are gone", 20_000, () => this.processes().length === 0).catch(() => undefined);
    const processes = this.processes();
    await this.folder.remove();
    rmSync(this.home, { recursive: true, force: true });
    return { processes, profiles };
  }
}

function readProc(pid: number, file: "cmdline" | "environ"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It has just gone.
    return "";
  }
}
