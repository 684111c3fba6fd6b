import { readdirSync, readFileSync } from "node:fs";

const lookMs = 250;
const meetMs = 20;
const meetLooksMax = 50;
/** Processes that are known to be none of ours are asked again so often: numbers are given anew. */
const forgetMs = 5_000;
/** PF_EXITING of Linux. */
const flagExiting = 0x4;
/** In all of Linux's systems that Chromium runs on. */
const pageBytes = 4_096;

/**
 * Processes of Chromium without which its pages don't get what they ask for, and it says nothing: services that it starts again, and
 * those that start processes, which it never replaces.
 */
const services = {
  "network service": (command: string) => command.includes("--utility-sub-type=network.mojom.NetworkService"),
  "process that starts its services": (command: string) => isZygote(command) && isUnconfined(command),
  "process that starts its pages": (command: string) => isZygote(command) && !isUnconfined(command),
} as const;
type Service = keyof typeof services;
const serviceNames = Object.keys(services) as Service[];
const network: Service = "network service";

/** `stranger`: none of this browser's. */
type Kind = "page" | Service | "other" | "stranger";
export type ServiceLoss = { service: Service; at: number };

/**
 * Looks at the processes of a Chromium while attempts use it. Ends those of pages that take more memory than a page may, before the
 * machine has none left for the attempts beside them; and knows whether a service of the browser died under an attempt. Linux
 * only; elsewhere nothing is watched.
 */
export class ProcessWatch {
  /** When a page was last ended, on the clock of `performance.now()`. */
  endedAt: number | null = null;
  readonly #group: number;
  readonly #bytesMax: number;
  readonly #strangers = new Set<number>();
  readonly #services = new Map<Service, number>();
  #loss: ServiceLoss | null = null;
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
    if (process.platform !== "linux" || this.#timer) return;
    this.#timer = setInterval(() => this.#look(), lookMs).unref();
    this.#meet(0);
  }

  /** What the services are, before anything can have happened to them: a browser that has just started is starting them. */
  #meet(looks: number): void {
    if (!this.#timer) return;
    this.#look();
    if (!this.#services.has(network) && looks < meetLooksMax) {
      setTimeout(() => this.#meet(looks + 1), meetMs).unref();
    }
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** The service of the browser that has died since then, on the clock of `performance.now()`; null when none has. */
  lossSince(since: number): ServiceLoss | null {
    if (this.#timer) this.#look();
    return this.#loss !== null && this.#loss.at >= since ? this.#loss : null;
  }

  #look(): void {
    const now = performance.now();
    if (now - this.#forgotAt > forgetMs) {
      this.#strangers.clear();
      this.#forgotAt = now;
    }
    const seen = new Map<Service, number[]>(serviceNames.map((service) => [service, []]));
    for (const name of readdirSync("/proc")) {
      const pid = Number(name);
      if (!(pid > 0) || this.#strangers.has(pid)) continue;
      const kind = this.#kindOf(pid);
      if (kind === "stranger") this.#strangers.add(pid);
      else if (kind === "page") this.#weigh(pid);
      // One that has just been forked is not yet what it will be: it is looked at again.
      else if (kind !== "other") seen.get(kind)?.push(pid);
    }
    this.#compare(seen, now);
  }

  /**
   * One that was there and lives no more: the browser has lost it, also when it has another one already. What its command line is
   * says nothing: one that becomes another program has none for a moment.
   */
  #compare(seen: ReadonlyMap<Service, readonly number[]>, now: number): void {
    for (const [service, pids] of seen) {
      const known = this.#services.get(service);
      if (known !== undefined && this.#lives(known)) continue;
      if (known !== undefined) this.#loss = { service, at: now };
      // The oldest: a page is for a moment what has started it.
      if (pids.length === 0) this.#services.delete(service);
      else this.#services.set(service, Math.min(...pids));
    }
  }

  #kindOf(pid: number): Kind {
    if (statOf(pid).group !== this.#group) return "stranger";
    // One that is dead and not yet reaped has no command line any more.
    const command = readProc(pid, "cmdline");
    if (command.includes("--type=renderer")) return "page";
    return serviceNames.find((service) => services[service](command)) ?? "other";
  }

  #lives(pid: number): boolean {
    const { group, isEnding } = statOf(pid);
    return group === this.#group && !isEnding;
  }

  #weigh(pid: number): void {
    if (ownBytes(pid) <= this.#bytesMax) return;
    this.endedAt = performance.now();
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

function isZygote(command: string): boolean {
  return command.includes("--type=zygote");
}

function isUnconfined(command: string): boolean {
  return command.includes("--no-zygote-sandbox");
}

/** `isEnding`: dead, or on the way; its files are closed after that only. */
function statOf(pid: number): { group: number; isEnding: boolean } {
  const stat = readProc(pid, "stat");
  // The name of the program is in parentheses and may hold anything; fields are counted behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const isExiting = (Number(fields[6]) & flagExiting) !== 0;
  return { group: Number(fields[2]), isEnding: isExiting || fields[0] === "Z" || fields[0] === "X" };
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
