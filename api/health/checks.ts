import { messageOf } from "../../db/domain/errors.ts";
import type { Ctx } from "../../db/services/context.ts";
import { checkDatabase, queueHealth } from "../../db/services/health.ts";
import { listWorkers, whyExecutionsWait } from "../../db/services/workers.ts";
import type { Blobs, Db } from "../deps.ts";
import type { Component, ComponentHealth, HealthCheck, HealthStatus } from "./health.ts";

const slowDatabaseMs = 250;
const waitWarningMs = 60_000;
const waitDegradedMs = 300_000;

export type SystemFigures = {
  memoryBytes: number;
  memoryBytesMax: number;
  eventLoopDelayMs: number;
  diskFreeBytes: number | null;
  uptimeSeconds: number;
};

export type OutsideFigures = { breaker: string; active: number; waiting: number; lastFailure: string | null };

type Parts = {
  db: Db;
  blobs: Blobs;
  /** Null: no Redis is configured. */
  pingRedis: (() => Promise<void>) | null;
  hasModel: boolean;
  /** How the way to what is outside stands. */
  outside: (dependency: "storage" | "redis") => OutsideFigures;
  system: () => Promise<SystemFigures>;
  now: () => Date;
};

/** What is looked at for each component. */
export function healthChecks(parts: Parts): Record<Component, HealthCheck> {
  return {
    database: () => database(parts.db),
    redis: () => redis(parts.pingRedis, parts.outside),
    storage: () => outside("storage", parts.outside, () => parts.blobs.check(), "it can be read and written"),
    browsers: () => browsers(parts.db, parts.now),
    queue: () => queue(parts.db),
    ai: async () => ai(parts.hasModel),
    system: async () => system(await parts.system()),
  };
}

/** Without a database nothing works; without storage, runs go on and show no pictures. */
export const onFailure: Partial<Record<Component, HealthStatus>> = { database: "critical", redis: "warning" };

async function database(db: Db): Promise<ComponentHealth> {
  const { status, ms, error } = await checkDatabase(db);
  const figures = { ms };
  if (status === "down") return { status: "critical", message: error ?? "it does not answer", figures };
  if (ms > slowDatabaseMs) return { status: "warning", message: `it answers slowly: ${ms} ms`, figures };
  return { status: "healthy", message: "it answers", figures };
}

async function redis(ping: (() => Promise<void>) | null, state: Parts["outside"]): Promise<ComponentHealth> {
  if (!ping) return { status: "optional", message: "none is configured; each process counts for itself" };
  return outside("redis", state, ping, "it answers");
}

/** Asked for a sign of life; when there is none, what is known of the way there is said as well. */
async function outside(
  name: "storage" | "redis",
  state: Parts["outside"],
  ask: () => Promise<void>,
  message: string,
): Promise<ComponentHealth> {
  const fault = await ask().then(
    () => null,
    (error: unknown) => error,
  );
  const { lastFailure, ...figures } = state(name);
  if (fault === null) return { status: "healthy", message, figures };
  const cause = lastFailure === null ? "" : `; last failure: ${lastFailure}`;
  const status = onFailure[name] ?? "degraded";
  return { status, message: `${messageOf(fault)}${cause}`, figures };
}

async function browsers(db: Db, now: () => Date): Promise<ComponentHealth> {
  const ctx: Ctx = {
    db,
    actor: { kind: "system", name: "health", organizationId: null },
    keys: null,
    now,
    requestId: null,
    address: null,
    userAgent: null,
  };
  const [all, waits] = await Promise.all([listWorkers(ctx), whyExecutionsWait(ctx)]);
  const workers = all.filter((worker) => worker.state === "active");
  const able = workers.filter((worker) => worker.browsers.length > 0);
  const figures = {
    workers: workers.length,
    slots: able.reduce((sum, worker) => sum + worker.slots, 0),
    running: workers.reduce((sum, worker) => sum + worker.running, 0),
  };
  if (waits.length > 0)
    return { status: "degraded", message: `executions wait: ${waits.join("; ")}`, figures };
  return { status: "healthy", message: `${able.length} workers have a browser`, figures };
}

async function queue(db: Db): Promise<ComponentHealth> {
  const { status, ...figures } = await queueHealth(db);
  if (status === "down") return { status: "critical", message: "the queue can't be read", figures };
  const waitMs = figures.oldestReadyMs ?? 0;
  const waits = `the oldest job that is due waits since ${Math.round(waitMs / 1000)} s`;
  if (waitMs > waitDegradedMs || (figures.ready > 0 && figures.workers === 0)) {
    return { status: "degraded", message: waits, figures };
  }
  if (waitMs > waitWarningMs) return { status: "warning", message: waits, figures };
  return { status: "healthy", message: `${figures.ready} jobs are due, ${figures.running} run`, figures };
}

/** Not asked on the way: a question to a model costs money. */
function ai(hasModel: boolean): ComponentHealth {
  return { status: "optional", message: hasModel ? "a model is configured" : "no model is configured" };
}

function system(figures: SystemFigures): ComponentHealth {
  const { memoryBytes, memoryBytesMax, eventLoopDelayMs, diskFreeBytes } = figures;
  if (diskFreeBytes !== null && diskFreeBytes < 100_000_000) {
    return { status: "critical", message: "less than 100 MB are free in the data folder", figures };
  }
  if (memoryBytes > memoryBytesMax * 0.9) {
    return { status: "degraded", message: "more than nine tenths of the memory are in use", figures };
  }
  if (eventLoopDelayMs > 200) return { status: "warning", message: "the process is very busy", figures };
  if (diskFreeBytes !== null && diskFreeBytes < 1_000_000_000) {
    return { status: "warning", message: "less than 1 GB is free in the data folder", figures };
  }
  return { status: "healthy", message: "there is room", figures };
}
