import { readFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { join } from "node:path";
import { monotonicMs } from "./clock.ts";

/** What this process may use of the machine's memory, and what of that is free. */
export type Memory = { bytes: number; freeBytes: number };

/**
 * The machine's memory, or what the control group of this process or one around it leaves of it. What the kernel would give
 * back at once, such as its cache of files, counts as free.
 * @param root in tests, a folder in the place of `/`.
 */
export function readMemory(root = "/"): Memory {
  const machine = machineMemory(root);
  const groups = controlGroups(root)
    .map((folder) => groupMemory(folder))
    .filter((memory) => memory !== null);
  const bytes = Math.min(machine.bytes, ...groups.map((group) => group.bytes));
  return { bytes, freeBytes: Math.min(machine.freeBytes, ...groups.map((group) => group.freeBytes)) };
}

function machineMemory(root: string): Memory {
  const info = readText(join(root, "proc/meminfo"));
  const field = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(info)?.[1]) * 1_024;
  const [bytes, freeBytes] = [field("MemTotal"), field("MemAvailable")];
  // Elsewhere than on Linux there is no better answer.
  return Number.isNaN(bytes + freeBytes) ? { bytes: totalmem(), freeBytes: freemem() } : { bytes, freeBytes };
}

/** The folders of our control group and of those around it; inside a container the outermost is all there is to see. */
function controlGroups(root: string): string[] {
  const lines = readText(join(root, "proc/self/cgroup")).split("\n");
  return lines.flatMap((line) => {
    const [, controllers = "", path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const isFirst = controllers.split(",").includes("memory");
    if (!isFirst && controllers !== "") return [];
    const mount = join(root, "sys/fs/cgroup", isFirst ? "memory" : "");
    const parts = path.split("/").filter((part) => part !== "" && part !== "..");
    return parts.map((_, index) => join(mount, ...parts.slice(0, index + 1))).concat(mount);
  });
}

/** Null where it sets no limit, or is none. The names are those of version 2 and of version 1. */
function groupMemory(folder: string): Memory | null {
  const limit = readNumber(folder, "memory.max") ?? readNumber(folder, "memory.limit_in_bytes");
  const used = readNumber(folder, "memory.current") ?? readNumber(folder, "memory.usage_in_bytes");
  if (limit === null || used === null || limit > totalmem()) return null;
  const stat = readText(join(folder, "memory.stat"));
  const cache = Number(/^(?:total_)?inactive_file (\d+)$/m.exec(stat)?.[1] ?? 0);
  return { bytes: limit, freeBytes: Math.max(0, limit - Math.max(0, used - cache)) };
}

function readNumber(folder: string, name: string): number | null {
  const text = readText(join(folder, name)).trim();
  return /^\d+$/.test(text) ? Number(text) : null;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** How long a browser takes to have the memory that it needs: what was begun since is not yet seen in what is free. */
const growingMs = 3_000;

/** Says for how many more browsers there is memory. */
export class MemoryGate {
  readonly #bytesPerBrowser: number;
  readonly #read: () => Memory;
  readonly #now: () => number;
  /** When each of those was begun that may still be growing. */
  #growing: number[] = [];

  /** @param bytesPerBrowser 0: memory is not looked at. */
  constructor(bytesPerBrowser: number, read: () => Memory = readMemory, now: () => number = monotonicMs) {
    this.#bytesPerBrowser = bytesPerBrowser;
    this.#read = read;
    this.#now = now;
  }

  begun(): void {
    if (this.#bytesPerBrowser > 0) this.#growing.push(this.#now());
  }

  get room(): number {
    if (this.#bytesPerBrowser === 0) return Number.POSITIVE_INFINITY;
    const now = this.#now();
    this.#growing = this.#growing.filter((at) => now - at < growingMs);
    return Math.max(0, Math.floor(this.#read().freeBytes / this.#bytesPerBrowser) - this.#growing.length);
  }

  /** Why there is no room, by what is free now; null: there is, or will be when what was begun has grown. */
  get refusal(): string | null {
    if (this.#bytesPerBrowser === 0) return null;
    const { freeBytes } = this.#read();
    if (freeBytes >= this.#bytesPerBrowser) return null;
    return `${megabytes(freeBytes)} MB of memory are free and a browser needs ${megabytes(this.#bytesPerBrowser)} MB`;
  }
}

function megabytes(bytes: number): number {
  return Math.floor(bytes / 1_048_576);
}
