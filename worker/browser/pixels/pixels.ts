import { Worker } from "node:worker_threads";
import { AttemptFault, StepFailure } from "../failure.ts";
import type { FromPixels, PixelAnswer, PixelTask, ToPixels } from "./contract.ts";

const isSource = import.meta.url.endsWith(".ts");
const threadFile = new URL(`./pixel-thread.${isSource ? "ts" : "js"}`, import.meta.url);
/** A picture of the largest size takes a few seconds; on a busy machine several times as long. */
const taskMsMax = 60_000;
/** What waits at once, of all attempts of this thread. */
const tasksMax = 20;
const idleMs = 30_000;
const megabytesMax = 512;

type Waiting = {
  resolve: (answer: PixelAnswer<PixelTask["kind"]>) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
};

/** Our side of the thread that works on pictures: begun when first needed, ended when it has had nothing to do for a while. */
class Pixels {
  #thread: Worker | null = null;
  #idle: NodeJS.Timeout | null = null;
  #last = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** @throws StepFailure for a picture that can't be compared; AttemptFault when the thread fails or takes too long */
  ask<K extends PixelTask["kind"]>(task: Extract<PixelTask, { kind: K }>): Promise<PixelAnswer<K>> {
    if (this.#waiting.size >= tasksMax) {
      return Promise.reject(fault(`more than ${tasksMax} pictures wait to be compared`));
    }
    if (this.#idle) clearTimeout(this.#idle);
    const thread = this.#thread ?? this.#start();
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        void this.#end(fault(`comparing a picture took longer than ${taskMsMax} ms`));
      }, taskMsMax);
      this.#waiting.set(id, { resolve: resolve as Waiting["resolve"], reject, timer });
      thread.postMessage({ id, task } satisfies ToPixels);
    });
  }

  async close(): Promise<void> {
    await this.#end(fault("the worker stops"));
  }

  #start(): Worker {
    const thread = new Worker(threadFile, {
      // Node strips the types itself: tsx would take longer to start than the thread.
      execArgv: [],
      env: {},
      name: "pixels",
      resourceLimits: { maxOldGenerationSizeMb: megabytesMax },
    });
    // What is asked of it has its own bound; by itself it must not keep the process.
    thread.unref();
    thread.on("message", (message: FromPixels) => this.#hear(message));
    const broke = (error: unknown) => {
      if (this.#thread === thread) void this.#end(fault("the thread that compares pictures ended", error));
    };
    thread.on("error", broke);
    thread.on("exit", broke);
    this.#thread = thread;
    return thread;
  }

  #hear(message: FromPixels): void {
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    this.#waiting.delete(message.id);
    clearTimeout(waiting.timer);
    if (this.#waiting.size === 0) this.#restSoon();
    if ("answer" in message) waiting.resolve(message.answer);
    else if (message.failed === "picture") waiting.reject(new StepFailure("too-large", message.message));
    else waiting.reject(fault(`comparing pictures failed: ${message.message}`));
  }

  #restSoon(): void {
    this.#idle = setTimeout(() => void this.close(), idleMs);
    this.#idle.unref();
  }

  async #end(error: AttemptFault): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    if (this.#idle) clearTimeout(this.#idle);
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#waiting.clear();
    await thread?.terminate();
  }
}

function fault(message: string, cause?: unknown): AttemptFault {
  return new AttemptFault("snapshot-not-compared", message, { cause });
}

/** That of this thread. */
export const pixels = new Pixels();
