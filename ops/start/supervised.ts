import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { RotatingLog } from "./rotating-log.ts";

const backOffMsMin = 500;
const backOffMsMax = 10_000;
const crashWindowMs = 60_000;
const crashesMax = 5;

export type SupervisedOptions = {
  name: string;
  /** Program and arguments; the child gets a channel to us and ends when it closes. */
  command: readonly [string, ...string[]];
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  logFile: string;
  /** How long SIGTERM may take before SIGKILL. */
  graceMs: number;
  /** A line for the person at the terminal. */
  say: (line: string) => void;
  /** It crashed too often; it is not started again. */
  onGiveUp: (message: string) => void;
};

/** A child process that is started again when it ends by itself, until it has crashed five times in a minute. */
export class Supervised {
  readonly #options: SupervisedOptions;
  readonly #log: RotatingLog;
  readonly #stopping = new AbortController();
  #child: ChildProcess | null = null;
  #crashes: number[] = [];
  #loop: Promise<void> | null = null;

  constructor(options: SupervisedOptions) {
    this.#options = options;
    this.#log = new RotatingLog(options.logFile);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    this.#loop ??= this.#keepRunning();
  }

  /** SIGTERM, then after the grace SIGKILL to the child's whole process group. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#child?.kill("SIGTERM");
    const timer = setTimeout(() => killGroup(this.#child?.pid), this.#options.graceMs);
    try {
      await this.#loop;
    } finally {
      clearTimeout(timer);
      this.#log.close();
    }
  }

  async #keepRunning(): Promise<void> {
    const { name, say, onGiveUp, logFile } = this.#options;
    while (!this.#stopping.signal.aborted) {
      const how = await this.#runOnce();
      if (this.#stopping.signal.aborted) return;
      const now = Date.now();
      this.#crashes = [...this.#crashes.filter((at) => now - at < crashWindowMs), now];
      const last = this.#log.tail(8).map((line) => `  ${readable(line)}`);
      if (this.#crashes.length >= crashesMax) {
        const what = `The ${name} ended ${crashesMax} times within a minute (${how}). Its last words:`;
        onGiveUp([what, ...last, `The whole log is in ${logFile}.`].join("\n"));
        return;
      }
      const waitMs = Math.min(backOffMsMax, backOffMsMin * 2 ** (this.#crashes.length - 1));
      say(
        [`The ${name} ended by itself (${how}); it starts again in ${waitMs / 1000} s.`, ...last].join("\n"),
      );
      await delay(waitMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  async #runOnce(): Promise<string> {
    const [program, ...args] = this.#options.command;
    return await new Promise((resolve) => {
      const child = spawn(program, args, {
        cwd: this.#options.cwd,
        env: this.#options.env,
        stdio: ["ignore", "pipe", "pipe", "ipc"],
        // A group of its own: Ctrl-C in the terminal reaches us alone, and we stop it in the right order.
        detached: true,
      });
      this.#child = child;
      const keep = (chunk: string) => this.#log.write(chunk);
      child.stdout?.setEncoding("utf8").on("data", keep);
      child.stderr?.setEncoding("utf8").on("data", keep);
      child.once("error", (error) => resolve(error.message));
      child.once("exit", () => killGroup(child.pid));
      child.once("close", (code, signal) => resolve(signal === null ? `exit code ${code}` : `${signal}`));
    });
  }
}

/** What is left of a group whose leader is gone, or must go. */
function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // nothing is left of it
  }
}

/** A JSON log line as a person would say it. */
function readable(line: string): string {
  try {
    const { level, event, msg, error } = JSON.parse(line);
    return [level, event ?? msg, error?.message].filter(Boolean).join(": ") || line;
  } catch {
    return line.slice(0, 300); // not a log line: a stack from Node itself, for example
  }
}
