import { readdirSync, readFileSync } from "node:fs";

const lookMs = 250;
/** Processes that are known to be none of ours are asked again so often: numbers are given anew. */
const forgetMs = 5_000;
/** In all of Linux's systems that Chromium runs on. */
const pageBytes = 4_096;

/**
 * Ends the processes of a Chromium's pages that take more memory than a page may, before the machine has none left for the
 * attempts beside them. Linux only; elsewhere nothing is watched.
 */
export class MemoryWatch {
  /** When a page was last ended, on the clock of `performance.now()`. */
  endedAt: number | null = null;
  readonly #group: number;
  readonly #bytesMax: number;
  readonly #strangers = new Set<number>();
  #forgotAt = 0;
  #timer: NodeJS.Timeout | null = null;

  /** @param group the browser's process, which leads the group of all of its processes */
  constructor(group: number, bytesMax: number) {
    this.#group = group;
    this.#bytesMax = bytesMax;
  }

  get bytesMax(): number {
    return this.#bytesMax;
  }

  start(): void {
    if (process.platform !== "linux") return;
    this.#timer ??= setInterval(() => this.#look(), lookMs).unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  #look(): void {
    const now = performance.now();
    if (now - this.#forgotAt > forgetMs) {
      this.#strangers.clear();
      this.#forgotAt = now;
    }
    for (const name of readdirSync("/proc")) {
      const pid = Number(name);
      if (!(pid > 0) || this.#strangers.has(pid)) continue;
      if (!this.#isPage(pid)) this.#strangers.add(pid);
      else if (ownBytes(pid) > this.#bytesMax) this.#end(pid);
    }
  }

  #isPage(pid: number): boolean {
    const stat = readProc(pid, "stat");
    // The name of the program is in parentheses and may hold anything; fields are counted behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[2]) === this.#group && readProc(pid, "cmdline").includes("--type=renderer");
  }

  #end(pid: number): void {
    this.endedAt = performance.now();
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** What a process has in memory and shares with no other. */
function ownBytes(pid: number): number {
  const [, resident = 0, shared = 0] = readProc(pid, "statm").split(" ").map(Number);
  return (resident - shared) * pageBytes;
}

function readProc(pid: number, file: "stat" | "statm" | "cmdline"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It has just gone.
    return "";
  }
}
