import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres, { type Sql } from "postgres";
import { type TestDatabase, testDatabase } from "../../db/testing/database.ts";
import { freePort } from "../embedded-postgres.ts";
import { startRedis, type TestRedis } from "../testing/redis.ts";
import { spawnMain, stopChild } from "../testing/system.ts";
import { Ledger } from "./ledger.ts";
import { persistently, until } from "./patience.ts";
import { type Site, startSite } from "./site.ts";
import { forceUnmount, type LabStorage, openStorage, type StorageKind } from "./storage.ts";
import { makeTenants, type Tenant } from "./world.ts";

export type LabOptions = {
  workers: number;
  /** Of each worker. */
  slots: number;
  /** People of each of the two tenants: each may make 100 requests in a minute. */
  people?: number;
  /** With a Redis of its own. */
  redis?: boolean;
  /** Default: a folder. */
  storage?: StorageKind;
  /** Variables of the environment of all processes. */
  env?: Readonly<Record<string, string>>;
};

/** A worker process and the row under which the others know it. */
export type LabWorker = { pid: number; id: string; child: ChildProcess };

const secretKey = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
/** Beside everything else that a busy machine does. */
const startMsMax = 240_000;

/**
 * The installation under test: API and workers as processes, a database, a data folder, a site and two tenants of its own.
 * Every process can be hit and started again; what is left is ended and removed by `close`.
 */
export class Lab {
  readonly home: string;
  readonly origin: string;
  readonly database: TestDatabase;
  /** As the superuser: for what no tenant may see. */
  readonly sql: Sql;
  readonly site: Site;
  readonly tenants: Tenant[];
  readonly storage: LabStorage;
  readonly ledger = new Ledger();
  readonly #env: NodeJS.ProcessEnv;
  readonly #children: ChildProcess[] = [];
  #workers: LabWorker[] = [];
  #api: ChildProcess | null = null;
  #redisPort: number | null = null;
  #redis: TestRedis | null = null;
  /** When the suite itself is interrupted. */
  readonly #onExit = () => {
    for (const child of this.#children) child.kill("SIGKILL");
    forceUnmount(this.artifacts);
    rmSync(this.home, { recursive: true, force: true });
  };
  /** Until it is killed, and again when it answers. */
  isApiUp = false;

  private constructor({
    home,
    origin,
    database,
    sql,
    site,
    tenants,
    storage,
    env,
  }: Pick<Lab, "home" | "origin" | "database" | "sql" | "site" | "tenants" | "storage"> & {
    env: NodeJS.ProcessEnv;
  }) {
    this.home = home;
    this.origin = origin;
    this.database = database;
    this.sql = sql;
    this.site = site;
    this.tenants = tenants;
    this.storage = storage;
    this.#env = env;
    process.on("exit", this.#onExit);
  }

  /** @throws when a process did not come up; nothing is left then. */
  static async open(options: LabOptions): Promise<Lab> {
    const { workers, slots, people = 4, redis = false, env = {} } = options;
    const home = await mkdtemp(join(tmpdir(), "verdict-faults-"));
    const storage = await openStorage(options.storage ?? "folder", join(home, "artifacts"));
    const database = await testDatabase();
    const site = await startSite();
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const redisPort = redis ? await freePort() : null;
    const tenants = await makeTenants(database.db, { siteUrl: site.url, tenants: 2, people });
    const lab = new Lab({
      home,
      origin,
      database,
      sql: superuserOf(database),
      site,
      tenants,
      storage,
      env: {
        ...process.env,
        NODE_ENV: "test",
        DATABASE_URL: database.url,
        PORT: String(port),
        PUBLIC_URL: origin,
        VERDICT_HOME: home,
        SECRET_KEY: secretKey,
        WORKER_CONCURRENCY: String(slots),
        ...(redisPort === null ? {} : { REDIS_URL: `redis://127.0.0.1:${redisPort}` }),
        ...storage.env,
        ...env,
      },
    });
    lab.#redisPort = redisPort;
    try {
      if (redis) await lab.startRedis();
      await Promise.all([lab.startApi(), ...Array.from({ length: workers }, () => lab.startWorker())]);
      return lab;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** Those that were started and neither killed nor stopped. */
  get workers(): readonly LabWorker[] {
    this.#workers = this.#workers.filter(({ child }) => isAlive(child));
    return this.#workers;
  }

  get artifacts(): string {
    return join(this.home, "artifacts");
  }

  /** Resolves when the others know it, and it has its lock: it claims from now on. */
  async startWorker(env: Readonly<Record<string, string>> = {}): Promise<LabWorker> {
    const child = this.#start("worker", env);
    const pid = child.pid ?? 0;
    const id = await until(`worker ${pid} is known`, startMsMax, async () => {
      if (!isAlive(child)) throw new Error(`worker ${pid} ended at its start; see ${this.home}`);
      const [row] = await persistently(
        () => this.sql<{ id: string }[]>`select id from worker where pid = ${pid} and lost_at is null
          and lock_key is not null order by started_at desc limit 1`,
      );
      return row?.id;
    });
    const worker = { pid, id, child };
    this.#workers.push(worker);
    return worker;
  }

  async startApi(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const child = this.#start("api", env);
    this.#api = child;
    await until("the API is ready", startMsMax, async () => {
      if (!isAlive(child)) throw new Error(`the API ended at its start; see ${this.home}`);
      return (await fetch(`${this.origin}/health/ready`).catch(() => null))?.ok;
    });
    this.isApiUp = true;
  }

  async killApi(): Promise<void> {
    this.isApiUp = false;
    if (this.#api) await end(this.#api, "SIGKILL");
  }

  /** An empty one, at the address that all processes know. */
  async startRedis(): Promise<void> {
    if (this.#redisPort === null) throw new Error("this installation has no Redis");
    this.#redis = await startRedis(this.#redisPort);
  }

  async killRedis(): Promise<void> {
    await this.#redis?.kill();
    await this.#redis?.stop();
    this.#redis = null;
  }

  async stopWorker({ child }: LabWorker): Promise<void> {
    await stopChild(child);
  }

  /** Stops what runs, in the order of a shutdown. What is hit by SIGSTOP must have been continued before. */
  async stopProcesses(): Promise<void> {
    await Promise.all(this.#children.map(stopChild));
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill("SIGCONT");
    await this.stopProcesses();
    await this.#redis?.stop();
    await this.site.close();
    await this.sql.end({ timeout: 1 });
    await this.database.drop();
    await this.storage.close();
    process.off("exit", this.#onExit);
    await rm(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  #start(name: "api" | "worker", env: Readonly<Record<string, string>>): ChildProcess {
    const logFile = join(this.home, `${name}-${this.#children.length}.log`);
    const child = spawnMain(name, { ...this.#env, ...env }, logFile);
    this.#children.push(child);
    return child;
  }
}

/** Sends the signal and waits until the process is gone. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!isAlive(child)) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** A superuser is above row-level security: the checker must see what no tenant sees. */
function superuserOf(database: TestDatabase): Sql {
  const server = process.env.VERDICT_TEST_PG_OWNER_URL;
  if (!server) throw new Error("VERDICT_TEST_PG_OWNER_URL is not set");
  const url = new URL(server);
  url.pathname = new URL(database.url).pathname;
  return postgres(url.href, {
    max: 6,
    onnotice: () => undefined,
    connection: { application_name: "faults" },
  });
}
