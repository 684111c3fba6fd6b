import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRedis,
  RateLimiterRes,
} from "rate-limiter-flexible";
import { limits } from "../db/domain/limits.ts";
import type { Db } from "./deps.ts";

/** What is left of a principal's allowance after one more request. */
export type Allowance = {
  name: LimitName;
  /** Requests per window. */
  limit: number;
  windowSeconds: number;
  remaining: number;
  resetSeconds: number;
  isOver: boolean;
};

/** How much of what a principal may do, until when; who the principal is, is for the caller to say. */
const windows = {
  /** By address and e-mail; counted before the password is looked at. */
  "sign-in": { seconds: 60, points: limits.signInPerMinute },
  /** By address: links in mails, whoever they are for. */
  links: { seconds: 60, points: limits.linksPerMinute },
  /** By address and step: browsers on the way to an OpenID provider, or back. */
  "sign-on": { seconds: 60, points: limits.signOnPerMinute },
  /** By user. */
  api: { seconds: 60, points: limits.apiPerMinute },
  /** By user: files that are sent to be kept or read. */
  uploads: { seconds: 3_600, points: limits.uploadsPerHour },
} as const;

export type LimitName = keyof typeof windows;
export type RateLimits = (name: LimitName, key: string) => Promise<Allowance>;

type Options = {
  /** Null: there is none. */
  redis: Redis | null;
  /** The way to Redis: bounds its time, and stops asking while it is away. */
  ask?: Ask;
  /** Counts where Redis doesn't; null: the process counts for itself. */
  sql: Sql | null;
  /** How often in the window, where it is not what `limits` says. */
  most?: Partial<Record<LimitName, number>>;
  /** Of all windows, for tests. */
  windowSeconds?: number;
};

/**
 * Counts where all instances see it: in Redis, and where that is missing or away in PostgreSQL. With neither, each process goes on
 * by itself.
 */
export function openRateLimits({
  redis,
  ask = (work) => work(),
  sql,
  most = {},
  windowSeconds,
}: Options): RateLimits {
  const counters = new Map(
    (Object.keys(windows) as LimitName[]).map((name) => {
      const { seconds, points } = windows[name];
      const window = { name, points: most[name] ?? points, seconds: windowSeconds ?? seconds };
      return [name, counter(window, storesOf(window, redis, ask, sql))] as const;
    }),
  );
  return (name, key) => {
    const count = counters.get(name);
    if (!count) throw new Error(`there is no limit "${name}"`);
    return count(key);
  };
}

type Sql = Db["sql"];
type Ask = <T>(work: () => Promise<T>) => Promise<T>;
type Window = { name: LimitName; points: number; seconds: number };
type Store = { limiter: RateLimiterAbstract; ask: Ask };

/** In the order in which they are asked; the last one never fails. */
function storesOf(
  { name, points, seconds }: Window,
  redis: Redis | null,
  ask: Ask,
  sql: Sql | null,
): Store[] {
  const options = { points, duration: seconds, inMemoryBlockOnConsumed: points };
  const stores: Store[] = [];
  if (redis) {
    const keyPrefix = `verdict:limit:${name}`;
    const limiter = new RateLimiterRedis({
      ...options,
      keyPrefix,
      storeClient: redis,
      rejectIfRedisNotReady: true,
    });
    stores.push({ limiter, ask });
  }
  if (sql) {
    const limiter = new RateLimiterPostgres({
      ...options,
      keyPrefix: name,
      storeClient: clientOf(sql),
      storeType: "client",
      tableName: "rate_limit",
      tableCreated: true,
      // The housekeeping does.
      clearExpiredByTimeout: false,
    });
    stores.push({ limiter, ask: (work) => work() });
  }
  const limiter = new RateLimiterMemory({ keyPrefix: name, points, duration: seconds });
  stores.push({ limiter, ask: (work) => work() });
  return stores;
}

/** What the library asks of a client of PostgreSQL. */
function clientOf(sql: Sql) {
  return {
    async query({ text, values }: { text: string; values: (string | number)[] }) {
      const rows = await sql.unsafe(text, values, { prepare: true });
      return { rows, rowCount: rows.count };
    },
  };
}

function counter(window: Window, stores: readonly Store[]): (key: string) => Promise<Allowance> {
  return async (key) => {
    // Of any length and with any character it may come; kept is what says nothing of anybody.
    const hashed = createHash("sha256").update(key).digest("base64url");
    let reason: unknown;
    for (const { limiter, ask } of stores) {
      try {
        return await ask(() => consumed(window, limiter, hashed));
      } catch (error) {
        reason = error;
      }
    }
    throw reason;
  };
}

/** To be over the limit is an answer and no error. */
async function consumed(window: Window, limiter: RateLimiterAbstract, key: string): Promise<Allowance> {
  try {
    return allowance(window, await limiter.consume(key), false);
  } catch (result) {
    if (result instanceof RateLimiterRes) return allowance(window, result, true);
    throw result;
  }
}

function allowance({ name, points, seconds }: Window, result: RateLimiterRes, isOver: boolean): Allowance {
  return {
    name,
    limit: points,
    windowSeconds: seconds,
    remaining: Math.max(0, result.remainingPoints),
    resetSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
    isOver,
  };
}
