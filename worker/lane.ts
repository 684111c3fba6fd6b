import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { Piscina } from "piscina";
import type {
  AttemptOutcome,
  AttemptPlan,
  FromAttempt,
  ToAttempt,
  ToBaselines,
  ToEgress,
  ToView,
} from "./browser/protocol.ts";
import { within } from "./within.ts";

const isSource = import.meta.url.endsWith(".ts");
const defaultThread = fileURLToPath(new URL(`./browser/thread.${isSource ? "ts" : "js"}`, import.meta.url));

/** What a thread gets to see of our environment: nothing of databases, storage or keys. */
const passedOn = [
  "PATH",
  "HOME",
  "LANG",
  "LC_ALL",
  "TZ",
  "TMPDIR",
  "NODE_ENV",
  "FONTCONFIG_PATH",
  "FONTCONFIG_FILE",
  "LD_LIBRARY_PATH",
];
const threadMegabytesMax = 768;
/** From the outcome to the end of what the thread still says. */
const lastWordsMs = 1_000;
const closeMs = 4_000;
const restartMs = 500;
const leaveMs = 1_000;

export type LaneOptions = {
  attemptsMax: number;
  /** The file that a test puts in the place of the real thread. */
  threadFile?: string | undefined;
  onError: (error: unknown) => void;
};

/**
 * One thread that drives browsers, for several attempts at once. A pool of one thread each rather than one pool of several:
 * so it is known in which thread an attempt is, its browsers can be closed and it can be recycled without the others.
 */
export class Lane {
  readonly #options: LaneOptions;
  #pool: Piscina;
  readonly browsers = new Set<number>();
  #isClosed = false;
  attempts = 0;
  lastOrganization: string | null = null;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#pool = this.#open();
  }

  get isFull(): boolean {
    return this.attempts >= this.#options.attemptsMax;
  }

  /** @throws when the thread ended before the attempt did. */
  async run(
    plan: AttemptPlan,
    onMessage: (message: FromAttempt, port: AttemptPort) => void,
    onPort: (port: AttemptPort) => void,
  ): Promise<AttemptOutcome> {
    const { port1, port2 } = new MessageChannel();
    const port: AttemptPort = {
      stop: (reason) => post(port1, { type: "stop", reason }),
      taken: (messages) => post(port1, { type: "taken", messages }),
      tell: (message) => post(port1, message),
    };
    const closed = new Promise<void>((resolve) => port1.once("close", resolve));
    port1.on("message", (message: FromAttempt) => {
      if (message.type === "browser") this.browsers.add(message.pid);
      onMessage(message, port);
    });
    this.attempts++;
    this.lastOrganization = plan.organizationId;
    onPort(port);
    try {
      return (await this.#pool.run({ plan, port: port2 }, { transferList: [port2] })) as AttemptOutcome;
    } finally {
      // The outcome, or the news of the thread's end, comes by another way than the messages: those before it may still be
      // underway, and one of them may name a browser that nobody else would kill.
      await within(lastWordsMs, closed).catch(() => undefined);
      this.attempts--;
      port1.close();
    }
  }

  /** Ends the thread and begins a new one. Every attempt in it ends with an error; its browsers are to be killed before. */
  async recycle(): Promise<void> {
    const old = this.#pool;
    this.#pool = this.#open();
    this.browsers.clear();
    // They were killed just now, and only the thread that started them can take leave of them: without it they stay zombies.
    await delay(leaveMs);
    await old.destroy();
    if (this.#isClosed) await this.#pool.destroy();
  }

  /** Closes the browsers and ends the thread. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await within(closeMs, this.#pool.run(undefined, { name: "closeBrowsers" })).catch((error: unknown) => {
      this.#options.onError(error);
    });
    await this.#pool.destroy();
  }

  #open(): Piscina {
    const pool = new Piscina({
      filename: this.#options.threadFile ?? defaultThread,
      name: "runAttempt",
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: this.#options.attemptsMax + 1,
      // The default blocks the thread between tasks: timers and the sockets of warm browsers would stand still.
      atomics: "disabled",
      // Node strips the types itself: tsx would take longer to start than the thread.
      execArgv: [],
      env: Object.fromEntries(passedOn.flatMap((name) => nameAndValue(name))),
      resourceLimits: { maxOldGenerationSizeMb: threadMegabytesMax },
    });
    // Of a thread that fails while it has no attempt, or before it is up. Not at once, lest one that can't start spins.
    pool.on("error", (error: unknown) => {
      this.#options.onError(error);
      setTimeout(() => {
        if (pool === this.#pool && !this.#isClosed) this.recycle().catch(this.#options.onError);
      }, restartMs).unref();
    });
    return pool;
  }
}

/** What can be said to a running attempt. Without effect when it has ended. */
export type AttemptPort = {
  stop(reason: string): void;
  taken(messages: number): void;
  tell(message: ToView | ToEgress | ToBaselines): void;
};

function post(port: MessagePort, message: ToAttempt): void {
  port.postMessage(message);
}

function nameAndValue(name: string): [string, string][] {
  const value = process.env[name];
  return value === undefined ? [] : [[name, value]];
}
