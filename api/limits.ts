import type { Redis } from "ioredis";
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from "rate-limiter-flexible";
import { limits } from "../db/domain/limits.ts";

/** What is left of a principal's allowance after one more request. */
export type Allowance = {
  /** Requests per window. */
  limit: number;
  remaining: number;
  resetSeconds: number;
  isOver: boolean;
};

export type RateLimits = {
  /** By address and e-mail; counted before the password is looked at. */
  signIn(key: string): Promise<Allowance>;
  /** By address: links in mails, whoever they are for. */
  links(key: string): Promise<Allowance>;
  /** By address and step: browsers on the way to an OpenID provider, or back. */
  signOn(key: string): Promise<Allowance>;
  /** By user. */
  api(key: string): Promise<Allowance>;
};

export const windowSeconds = 60;

type Options = {
  /** Null: the process counts for itself. */
  redis: Redis | null;
  /** The way to Redis: bounds its time, and stops asking while it is away. */
  ask?: <T>(work: () => Promise<T>) => Promise<T>;
  signInPerMinute?: number;
  linksPerMinute?: number;
  signOnPerMinute?: number;
  apiPerMinute?: number;
};

/** Counts in Redis where there is one, so that all instances share it; without Redis each process goes on by itself. */
export function openRateLimits(options: Options): RateLimits {
  const {
    redis,
    ask = (work) => work(),
    signInPerMinute = limits.signInPerMinute,
    linksPerMinute = limits.linksPerMinute,
    signOnPerMinute = limits.signOnPerMinute,
    apiPerMinute = limits.apiPerMinute,
  } = options;
  return {
    signIn: counter("sign-in", signInPerMinute, redis, ask),
    links: counter("links", linksPerMinute, redis, ask),
    signOn: counter("sign-on", signOnPerMinute, redis, ask),
    api: counter("api", apiPerMinute, redis, ask),
  };
}

type Ask = NonNullable<Options["ask"]>;

function counter(
  name: string,
  points: number,
  redis: Redis | null,
  ask: Ask,
): (key: string) => Promise<Allowance> {
  const memory = new RateLimiterMemory({ keyPrefix: name, points, duration: windowSeconds });
  if (!redis) return (key) => consumed(memory, key);
  const shared = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: `verdict:limit:${name}`,
    points,
    duration: windowSeconds,
    rejectIfRedisNotReady: true,
  });
  return (key) => ask(() => consumed(shared, key)).catch(() => consumed(memory, key));
}

/** To be over the limit is an answer and no error. */
async function consumed(limiter: RateLimiterAbstract, key: string): Promise<Allowance> {
  try {
    return allowance(limiter.points, await limiter.consume(key), false);
  } catch (result) {
    if (result instanceof RateLimiterRes) return allowance(limiter.points, result, true);
    throw result;
  }
}

function allowance(limit: number, result: RateLimiterRes, isOver: boolean): Allowance {
  return {
    limit,
    remaining: Math.max(0, result.remainingPoints),
    resetSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
    isOver,
  };
}
