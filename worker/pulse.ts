import { Worker } from "node:worker_threads";
import type { Address } from "../db/client.ts";
import type { Heartbeat } from "../db/outbox/heartbeat.ts";
import type { WorkerLog } from "./metrics.ts";

const isSource = import.meta.url.endsWith(".ts");
const threadFile = new URL(`./pulse-thread.${isSource ? "ts" : "js"}`, import.meta.url);
const restartMs = 500;
const stopMs = 2_000;

export type PulseOptions = {
  address: Address;
  workerId: string;
  leaseMs: number;
  heartbeatMs: number;
  /** Renew no more leases when this thread has not answered for so long: it hangs, and its jobs with it. */
  silenceMsMax: number;
};

export type Beat = Heartbeat & {
  /** On our monotonic clock, from before the heartbeat was sent. */
  sentAt: number;
};

export type FromPulse =
  | ({ type: "beat" } & Beat)
  | { type: "failed"; what: "heartbeat" | "lock"; message: string };
export type ToPulse = { type: "beat" | "lock" | "taken" | "stop" };

/** Our side of the thread that keeps this worker alive in the eyes of the others. */
export class Pulse {
  readonly #options: PulseOptions;
  readonly #onBeat: (beat: Beat) => void;
  readonly #log: WorkerLog;
  #thread: Worker;
  #isStopped = false;

  constructor(options: PulseOptions, onBeat: (beat: Beat) => void, log: WorkerLog) {
    this.#options = options;
    this.#onBeat = onBeat;
    this.#log = log;
    this.#thread = this.#start();
  }

  /** Beats at once, for what it may have to say. */
  beatSoon(): void {
    this.#post({ type: "beat" });
  }

  /** Takes the lock of a worker that was registered anew. */
  lockSoon(): void {
    this.#post({ type: "lock" });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    const thread = this.#thread;
    const ended = new Promise<void>((resolve) => thread.once("exit", () => resolve()));
    this.#post({ type: "stop" });
    const timer = setTimeout(() => void thread.terminate(), stopMs);
    await ended;
    clearTimeout(timer);
  }

  #start(): Worker {
    const thread = new Worker(threadFile, {
      workerData: this.#options,
      // Node strips the types itself: tsx would take longer to start than the thread.
      execArgv: [],
      name: "pulse",
    });
    thread.on("message", (message: FromPulse) => {
      thread.postMessage({ type: "taken" } satisfies ToPulse);
      if (message.type === "beat") this.#onBeat(message);
      else this.#log.warn({ event: `${message.what}-failed`, message: message.message });
    });
    thread.on("error", (error) => this.#log.error({ event: "pulse-broke", error }));
    // Without it every lease ends: it is begun anew, and until then this worker fences itself off by the clock.
    thread.on("exit", () => {
      if (this.#isStopped) return;
      setTimeout(() => {
        if (!this.#isStopped) this.#thread = this.#start();
      }, restartMs);
    });
    return thread;
  }

  #post(message: ToPulse): void {
    this.#thread.postMessage(message);
  }
}
