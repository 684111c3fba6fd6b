import { setTimeout as delay } from "node:timers/promises";
import { Client, type NewStart } from "./client.ts";
import type { Ledger } from "./ledger.ts";
import type { Random } from "./random.ts";
import { type CaseName, caseNames } from "./site.ts";
import { Watcher } from "./watcher.ts";
import type { Tenant } from "./world.ts";

export type LoadOptions = {
  origin: string;
  tenants: readonly Tenant[];
  ledger: Ledger;
  random: Random;
  /** How many executions are unfinished at any time. */
  unfinished: number;
  /** Stops by itself after so many; default: never. */
  total?: number;
  /** Which test cases; default all. */
  mix?: readonly CaseName[];
};

const lateMs = { low: 200, high: 2_500 } as const;

/**
 * Clients that keep the installation busy: whenever an execution's last event has come through the socket, another one is
 * started. Every execution is watched, so that all transcripts can be compared.
 */
export class Load {
  readonly clients: readonly Client[];
  readonly #options: LoadOptions;
  readonly #watchers: readonly Watcher[];
  readonly #random: Random;
  #started = 0;
  #isStopped = false;
  #loop: Promise<void> | null = null;
  #number = 0;
  #error: unknown = null;

  constructor(options: LoadOptions) {
    const { origin, tenants, ledger } = options;
    this.#options = options;
    this.#random = options.random.fork("load");
    this.clients = tenants.flatMap((tenant) =>
      tenant.people.map((person) => new Client(origin, tenant, person, ledger)),
    );
    this.#watchers = this.clients.map((client) => new Watcher(origin, client, ledger));
  }

  begin(): void {
    this.#loop ??= this.#keepBusy();
  }

  /** Whether all that was wanted has been started. */
  get isDone(): boolean {
    return this.#started >= (this.#options.total ?? Number.POSITIVE_INFINITY);
  }

  get unfinished(): number {
    return this.#watchers.reduce((sum, { open }) => sum + open.length, 0);
  }

  /** Executions whose last event nobody has been sent yet. */
  get open(): string[] {
    return this.#watchers.flatMap(({ open }) => [...open]);
  }

  get socketBreaks(): number {
    return this.#watchers.reduce((sum, { breaks }) => sum + breaks, 0);
  }

  /** Starts nothing more; what was started goes on. @throws what a client was refused for no fault of ours. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#loop;
    if (this.#error) throw this.#error;
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
  }

  /** Starts one and watches it. Null when nobody answered. */
  async startOne(over: Partial<NewStart> & { client?: number } = {}): Promise<string | null> {
    const number = this.#number++;
    const at = (over.client ?? number) % this.clients.length;
    const random = this.#random;
    const { mix = caseNames } = this.#options;
    const marker = `marker-${this.#random.between(0, 2 ** 30).toString(36)}-${number}-end`;
    const start = {
      testCase: random.pick(mix),
      lateMs: random.between(lateMs.low, lateMs.high),
      marker,
      ...over,
    };
    const execution = await this.clients[at]?.start(start);
    if (!execution) return null;
    if (!this.#options.ledger.delivered.has(execution.id)) this.#watchers[at]?.watch(execution.id);
    return execution.id;
  }

  async #keepBusy(): Promise<void> {
    const underway = new Set<Promise<unknown>>();
    while (!this.#isStopped && !this.isDone && this.#error === null) {
      if (
        this.unfinished + underway.size >= this.#options.unfinished ||
        this.#watchers.every((w) => w.isFull)
      ) {
        await delay(20);
        continue;
      }
      this.#started++;
      const start = this.startOne()
        .catch((error: unknown) => {
          this.#error ??= error;
        })
        .finally(() => underway.delete(start));
      underway.add(start);
    }
    await Promise.all(underway);
  }
}
