import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../embedded-postgres.ts";
import { findProgram } from "./programs.ts";

const startBoundMs = 10_000;

/** A Redis of the test's own. */
export type TestRedis = {
  url: string;
  /** SIGKILL, for tests of what happens without Redis; `stop()` is still due. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay and nothing answers; `stop()` is still due. */
  freeze(): void;
  stop(): Promise<void>;
};

/** Starts a real Redis on a free loopback port (or the given one), without a file on disk. */
export async function startRedis(port?: number): Promise<TestRedis> {
  const program = findProgram("redis-server");
  if (program === null) throw new Error("redis-server is not installed: skip the test with missingReason()");
  const folder = mkdtempSync(join(tmpdir(), "verdict-redis-"));
  const chosen = port ?? (await freePort());
  const flags = [
    "--port",
    String(chosen),
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    "no",
    "--dir",
    folder,
  ];
  const child = spawn(program, flags, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    child.kill("SIGCONT");
    await exited;
  };
  try {
    await untilReady(child.stdout, exited);
  } catch (error) {
    await end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    url: `redis://127.0.0.1:${chosen}`,
    kill: () => end("SIGKILL"),
    freeze: () => void child.kill("SIGSTOP"),
    stop: async () => {
      await end("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(stdout: NodeJS.ReadableStream, exited: Promise<unknown>): Promise<void> {
  let log = "";
  let timer: NodeJS.Timeout | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    stdout.setEncoding("utf8").on("data", (text: string) => {
      log = (log + text).slice(-5_000);
      if (log.includes("Ready to accept connections")) resolve();
    });
    timer = setTimeout(() => reject(new Error(`Redis was not ready in time:\n${log}`)), startBoundMs);
    void exited.then(() => reject(new Error(`Redis ended at its start:\n${log}`)));
  });
  try {
    await ready;
  } finally {
    clearTimeout(timer);
  }
}
