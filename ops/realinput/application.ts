import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../embedded-postgres.ts";
import { ensureApplications } from "./packages.ts";

/** An application that somebody else wrote, running on loopback in a temporary folder. */
export type Application = { url: string; stop(): Promise<void> };

type Plan = {
  name: string;
  /** Its script below node_modules. */
  script: string;
  /** Writes what it needs into the folder and gives its arguments. */
  prepare(folder: string, port: number): Promise<string[]>;
};

const readyBoundMs = 60_000;
const stopBoundMs = 10_000;
const outputCharsMax = 20_000;

/** @throws with its output when it does not answer within a minute */
export async function startApplication({ name, script, prepare }: Plan): Promise<Application> {
  const installed = await ensureApplications();
  const folder = await mkdtemp(join(tmpdir(), `verdict-${name}-`));
  const port = await freePort();
  const args = [join(installed, "node_modules", script), ...(await prepare(folder, port))];
  // Its home is the folder, so that it writes nothing beside it; nothing of ours is handed over.
  const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder, NODE_ENV: "production" };
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-outputCharsMax);
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const exited = once(child, "exit");
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const stop = async () => {
    if (!hasEnded()) {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), stopBoundMs);
      await exited;
      clearTimeout(late);
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  const url = `http://127.0.0.1:${port}/`;
  const deadline = performance.now() + readyBoundMs;
  while (!(await answers(url))) {
    if (hasEnded() || performance.now() > deadline) {
      await stop();
      throw new Error(`${name} did not start:\n${output}`);
    }
    await delay(100);
  }
  return { url, stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
