import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const linesKept = 40;

/** A log file that never grows beyond twice its bound, and its last lines in memory. */
export class RotatingLog {
  readonly #file: string;
  readonly #bytesMax: number;
  #descriptor: number;
  #bytes: number;
  #lines: string[] = [];
  #open = "";

  constructor(file: string, bytesMax = 10_000_000) {
    mkdirSync(dirname(file), { recursive: true });
    this.#file = file;
    this.#bytesMax = bytesMax;
    this.#bytes = existsSync(file) ? statSync(file).size : 0;
    this.#descriptor = openSync(file, "a", 0o600);
  }

  write(chunk: string): void {
    if (this.#bytes + chunk.length > this.#bytesMax) this.#rotate();
    this.#bytes += writeSync(this.#descriptor, chunk);
    const parts = (this.#open + chunk).split("\n");
    this.#open = (parts.pop() ?? "").slice(-10_000);
    this.#lines = [...this.#lines, ...parts.filter(Boolean)].slice(-linesKept);
  }

  /** The last lines, oldest first. */
  tail(count: number): string[] {
    return [...this.#lines, this.#open].filter(Boolean).slice(-count);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #rotate(): void {
    closeSync(this.#descriptor);
    renameSync(this.#file, `${this.#file}.1`);
    this.#descriptor = openSync(this.#file, "a", 0o600);
    this.#bytes = 0;
  }
}
