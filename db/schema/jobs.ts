import {
  bigint,
  boolean,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  real,
  smallint,
  text,
  uuid,
} from "drizzle-orm/pg-core";
import type { JobTry } from "../domain/job-tries.ts";
import type { JobKind, QueueName } from "../domain/jobs.ts";
import { type JobOutcome, type JobState, jobStates } from "../domain/states.ts";
import type { WorkerMode, WorkerRefusal } from "../domain/workers.ts";
import { at, createdAt, id, timestamps } from "./columns.ts";

const shared = () => ({
  id: id(),
  kind: text("kind").$type<JobKind>().notNull(),
  priority: smallint("priority").notNull(),
  organizationId: uuid("organization_id"),
  payload: jsonb("payload").$type<Record<string, unknown>>().notNull(),
  uniqueKey: text("unique_key"),
});

const outboxState = pgEnum("outbox_state", jobStates);

/** Jobs that are not finished. The statements about them are in `db/outbox.ts` and `db/outbox/`. */
export const outbox = pgTable("outbox", {
  ...shared(),
  queue: text("queue").$type<QueueName>().notNull().default("light"),
  /** Whose share of the workers it takes; null in queues without shares. */
  key: text("key"),
  /** What a worker must have; null where that does not matter. */
  browser: text("browser").default("chromium"),
  state: outboxState("state").$type<JobState>().notNull(),
  attempt: integer("attempt").notNull().default(0),
  failures: integer("failures").notNull().default(0),
  crashes: integer("crashes").notNull().default(0),
  interruptions: integer("interruptions").notNull().default(0),
  workerId: uuid("worker_id"),
  leaseToken: uuid("lease_token"),
  leaseUntil: at("lease_until"),
  /** How many of its key start in one turn. */
  weight: smallint("weight").notNull().default(1),
  /** How far it has come, 0 to 1, and with what. */
  progress: real("progress"),
  progressText: text("progress_text"),
  cancelReason: text("cancel_reason"),
  lastError: text("last_error"),
  runAt: at("run_at").notNull().defaultNow(),
  createdAt: createdAt(),
  claimedAt: at("claimed_at"),
  history: jsonb("history").$type<JobTry[]>(),
});

/** Finished jobs: a table for each day. */
export const outboxDone = pgTable("outbox_done", {
  ...shared(),
  outcome: text("outcome").$type<JobOutcome>().notNull(),
  attempt: integer("attempt").notNull(),
  failures: integer("failures").notNull(),
  crashes: integer("crashes").notNull(),
  interruptions: integer("interruptions").notNull(),
  workerId: uuid("worker_id"),
  error: text("error"),
  runAt: at("run_at").notNull(),
  createdAt: at("created_at").notNull(),
  claimedAt: at("claimed_at"),
  finishedAt: at("finished_at").notNull().defaultNow(),
  history: jsonb("history").$type<JobTry[]>(),
  result: jsonb("result").$type<unknown>(),
  key: text("key"),
  handledAt: at("handled_at"),
  handledBy: text("handled_by"),
  replayedAs: uuid("replayed_as"),
});

export const queueSettings = pgTable("queue_setting", {
  queue: text("queue").$type<QueueName>().primaryKey(),
  paused: boolean("paused").notNull().default(false),
  slots: integer("slots"),
  reason: text("reason"),
  changedBy: text("changed_by").notNull(),
  changedAt: at("changed_at").notNull().defaultNow(),
});

export const shareSettings = pgTable("share_setting", {
  key: text("key").primaryKey(),
  projectId: uuid("project_id").notNull(),
  weight: smallint("weight"),
  atOnce: integer("at_once"),
  rateJobs: integer("rate_jobs"),
  rateMs: integer("rate_ms"),
  changedBy: text("changed_by").notNull(),
  changedAt: at("changed_at").notNull().defaultNow(),
});

export const queueTallies = pgTable(
  "queue_tally",
  {
    spanS: integer("span_s").notNull(),
    at: at("at").notNull(),
    kind: text("kind").$type<JobKind>().notNull(),
    started: integer("started").notNull(),
    finished: integer("finished").notNull(),
    failed: integer("failed").notNull(),
    waits: integer("waits").array().notNull(),
    runs: integer("runs").array().notNull(),
  },
  (table) => [primaryKey({ columns: [table.spanS, table.at, table.kind] })],
);

export const workers = pgTable("worker", {
  id: id(),
  name: text("name").notNull(),
  host: text("host").notNull(),
  pid: integer("pid").notNull(),
  version: text("version").notNull(),
  browsers: text("browsers").array().notNull().default([]),
  slots: integer("slots").notNull(),
  draining: boolean("draining").notNull().default(false),
  startedAt: at("started_at").notNull().defaultNow(),
  seenAt: at("seen_at").notNull().defaultNow(),
  idle: text("idle").array().notNull().default([]),
  lockKey: bigint("lock_key", { mode: "bigint" }),
  unlockedAt: at("unlocked_at"),
  lostAt: at("lost_at"),
  mode: text("mode").$type<WorkerMode>().notNull().default("active"),
  modeReason: text("mode_reason"),
  /** Null: the worker itself. */
  modeBy: text("mode_by"),
  modeAt: at("mode_at").notNull().defaultNow(),
  refuses: text("refuses").$type<WorkerRefusal>().notNull().default("nothing"),
  refusal: text("refusal"),
  memoryBytes: bigint("memory_bytes", { mode: "number" }),
  memoryFreeBytes: bigint("memory_free_bytes", { mode: "number" }),
  load: real("load"),
  processed: bigint("processed", { mode: "number" }).notNull().default(0),
  failed: bigint("failed", { mode: "number" }).notNull().default(0),
  faults: bigint("faults", { mode: "number" }).notNull().default(0),
});

/** One row: which workers may claim. */
export const workerTerms = pgTable("worker_terms", {
  isOnly: boolean("is_only").primaryKey().default(true),
  schemaMin: text("schema_min").notNull(),
  protocolMin: integer("protocol_min").notNull(),
  protocolMax: integer("protocol_max").notNull(),
});

export const outboxRates = pgTable("outbox_rate", {
  key: text("key").primaryKey(),
  perMs: integer("per_ms").notNull(),
  starts: timestamps("starts").notNull(),
});

export const scheduleTicks = pgTable(
  "schedule_tick",
  { schedule: text("schedule").notNull(), dueAt: at("due_at").notNull() },
  (table) => [primaryKey({ columns: [table.schedule, table.dueAt] })],
);
