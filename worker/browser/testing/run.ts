import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { EventBody, EventType, RunnerEvent } from "../../../db/domain/events.ts";
import type { BaselineAnswer } from "../../../db/domain/snapshots.ts";
import type { BrowserName } from "../../../db/domain/steps/definition.ts";
import { type Step, stepsSchema } from "../../../db/domain/steps/index.ts";
import type {
  ArtifactBytes,
  AttemptOutcome,
  AttemptPlan,
  FromAttempt,
  FromView,
  ToAttempt,
} from "../protocol.ts";
import { runAttempt } from "../thread.ts";
import { findBrowser, findFirefox, noFirefox } from "./find-browser.ts";

export type Running = {
  outcome: Promise<AttemptOutcome>;
  events: RunnerEvent[];
  artifacts: ArtifactBytes[];
  pids: number[];
  /** What those get who watch or hold it; pictures are taken at once, as long as the test does not say otherwise. */
  views: FromView[];
  shots: { areTaken: boolean };
  send(message: ToAttempt): void;
  /** Resolves with the first event that fits, those that came before included. Bounded. */
  seen<T extends EventType>(type: T, fits?: (event: OfType<T>) => boolean): Promise<OfType<T>>;
};

export type OfType<T extends EventType> = RunnerEvent & Extract<EventBody, { type: T }>;
export type Finished = Awaited<ReturnType<Bench["run"]>>;

/** A step as people write it: unchecked until it is run. */
export type Written = { type: Step["type"] } & Record<string, unknown>;

/** Runs attempts in this thread as the pool would, and collects what they say. */
export class Bench {
  readonly folder: string;
  readonly #browser: Pick<AttemptPlan["browser"], "name" | "executablePath">;

  private constructor(folder: string, browser: Pick<AttemptPlan["browser"], "name" | "executablePath">) {
    this.folder = folder;
    this.#browser = browser;
  }

  /** @throws for Firefox where there is none: `findFirefox` tells before */
  static async open(name: BrowserName = "chromium"): Promise<Bench> {
    const executablePath = name === "firefox" ? findFirefox() : await findBrowser();
    if (executablePath === null) throw new Error(noFirefox);
    return new Bench(await mkdtemp(join(tmpdir(), "verdict-bench-")), { name, executablePath });
  }

  plan(steps: Written[], options: Partial<AttemptPlan> = {}): AttemptPlan {
    return {
      executionId: randomUUID(),
      attempt: 1,
      organizationId: "organization-1",
      workerName: "worker-1",
      steps: stepsSchema.parse(steps),
      variables: {},
      secrets: {},
      baseUrl: null,
      browser: {
        ...this.#browser,
        sandbox: process.getuid?.() !== 0,
        profilesDirectory: this.folder,
      },
      viewport: { width: 800, height: 600 },
      timeoutMs: 30_000,
      screenshots: "on-failure",
      ...options,
    };
  }

  /** Starts an attempt and hands it over while it runs. */
  start(steps: Written[], options: Partial<AttemptPlan> = {}): Running {
    const plan = this.plan(steps, options);
    const { port1, port2 } = new MessageChannel();
    const collected = collect(port1, plan.steps);
    const outcome = runAttempt({ plan, port: port2 });
    return { ...collected, outcome, send: (message) => port1.postMessage(message) };
  }

  /** Runs an attempt to its end. */
  async run(steps: Written[], options: Partial<AttemptPlan> = {}) {
    const running = this.start(steps, options);
    const outcome = await running.outcome;
    const of = <T extends EventType>(type: T) =>
      running.events.filter((event) => event.type === type) as OfType<T>[];
    const { events, artifacts, pids } = running;
    return { outcome, events, artifacts, pids, of };
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const seenMsMax = 10_000;

/** What was approved, for a test: the picture that a step `screenshot` of the same name has taken in the same attempt. */
async function approvedPicture(
  name: string,
  steps: readonly Step[],
  artifact: (name: string) => Promise<ArtifactBytes>,
): Promise<BaselineAnswer> {
  const isTaken = steps.some((step) => step.type === "screenshot" && step.name === name);
  if (!isTaken) return { state: "none", branch: "main" };
  const { id, bytes } = await artifact(`${name}.png`);
  return { state: "found", branch: "main", baselineId: id, bytes };
}

function collect(port: MessagePort, steps: readonly Step[]) {
  const events: RunnerEvent[] = [];
  const artifacts: ArtifactBytes[] = [];
  const pids: number[] = [];
  const views: FromView[] = [];
  const shots = { areTaken: true };
  const watchers = new Set<() => void>();
  port.on("message", (message: FromAttempt) => {
    if (message.type === "browser") pids.push(message.pid);
    else if (message.type === "egress-asked") port.postMessage({ type: "egress-told" } satisfies ToAttempt);
    else if (message.type === "baseline-asked") {
      const { id, name } = message;
      void approvedPicture(name, steps, taken).then((answer) =>
        port.postMessage({ type: "baseline", id, answer } satisfies ToAttempt),
      );
    } else {
      if (message.type === "events") events.push(...message.events);
      else if (message.type === "artifact") artifacts.push(message.artifact);
      else {
        views.push(message);
        if (message.type === "shot" && shots.areTaken)
          port.postMessage({ type: "shot-taken" } satisfies ToAttempt);
        for (const watcher of [...watchers]) watcher();
        return;
      }
      port.postMessage({ type: "taken", messages: 1 } satisfies ToAttempt);
    }
    for (const watcher of [...watchers]) watcher();
  });
  /** Files come after what was asked meanwhile: they wait for their turn. */
  function taken(name: string): Promise<ArtifactBytes> {
    return new Promise((resolve) => {
      const look = () => {
        const found = artifacts.find((artifact) => artifact.name === name);
        if (!found) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      look();
    });
  }
  function seen<T extends EventType>(type: T, fits: (event: OfType<T>) => boolean = () => true) {
    return new Promise<OfType<T>>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${type} event came`)), seenMsMax);
      const look = () => {
        const found = events.find((event) => event.type === type && fits(event as OfType<T>));
        if (!found) return;
        clearTimeout(timer);
        watchers.delete(look);
        resolve(found as OfType<T>);
      };
      watchers.add(look);
      look();
    });
  }
  return { events, artifacts, pids, views, shots, seen };
}

/** Waits for a condition, asked every 20 ms, at most for so long. */
export async function eventually(condition: () => boolean, boundMs: number, what: string): Promise<void> {
  const end = performance.now() + boundMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${boundMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether any process of the group is left. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The processes of a browser that run pages (Linux). */
export function rendererPids(group: number): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        const [, , afterName = ""] =
          /^(\d+) \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.slice(1) ?? [];
        const isOfGroup = Number(afterName.split(" ")[2]) === group;
        return isOfGroup && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--type=renderer");
      } catch {
        // No process, or one that has just gone.
        return false;
      }
    });
}
