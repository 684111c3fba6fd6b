import { boolean, integer, jsonb, pgTable, smallint, text, uuid } from "drizzle-orm/pg-core";
import type { JobKind } from "../domain/jobs.ts";
import type { JobOutcome, JobState } from "../domain/states.ts";
import { at, createdAt, id } from "./columns.ts";

const shared = () => ({
  id: id(),
  kind: text("kind").$type<JobKind>().notNull(),
  priority: smallint("priority").notNull(),
  organizationId: uuid("organization_id"),
  payload: jsonb("payload").$type<Record<string, unknown>>().notNull(),
  uniqueKey: text("unique_key"),
});

/** Jobs that are not finished. The statements about them are in `db/outbox.ts`. */
export const outbox = pgTable("outbox", {
  ...shared(),
  state: text("state").$type<JobState>().notNull(),
  attempt: integer("attempt").notNull().default(0),
  failures: integer("failures").notNull().default(0),
  crashes: integer("crashes").notNull().default(0),
  interruptions: integer("interruptions").notNull().default(0),
  workerId: uuid("worker_id"),
  leaseToken: uuid("lease_token"),
  leaseUntil: at("lease_until"),
  cancelReason: text("cancel_reason"),
  lastError: text("last_error"),
  runAt: at("run_at").notNull().defaultNow(),
  createdAt: createdAt(),
  claimedAt: at("claimed_at"),
});

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
});

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
});
