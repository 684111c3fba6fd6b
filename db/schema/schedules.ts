import { integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import type { TickOutcome } from "../domain/schedule-resources.ts";
import type { MissedPolicy, OverlapPolicy } from "../domain/schedules.ts";
import { at, createdAt, id, organizationId, updatedAt } from "./columns.ts";

export const schedules = pgTable("schedule", {
  id: id(),
  organizationId: organizationId(),
  projectId: uuid("project_id").notNull(),
  suiteId: uuid("suite_id"),
  environmentId: uuid("environment_id"),
  name: text("name").notNull(),
  cron: text("cron").notNull(),
  timeZone: text("time_zone").notNull(),
  missed: text("missed").$type<MissedPolicy>().notNull(),
  overlap: text("overlap").$type<OverlapPolicy>().notNull().default("start"),
  pausedAt: at("paused_at"),
  nextAt: at("next_at"),
  /** The run of the last tick that started one; the tick that waits for it to end. */
  lastRunId: uuid("last_run_id"),
  waitingAt: at("waiting_at"),
  createdBy: uuid("created_by"),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

export const ticks = pgTable(
  "tick",
  {
    scheduleId: uuid("schedule_id").notNull(),
    dueAt: at("due_at").notNull(),
    organizationId: organizationId(),
    outcome: text("outcome").$type<TickOutcome>().notNull(),
    runId: uuid("run_id"),
    reason: text("reason"),
    firstDueAt: at("first_due_at").notNull(),
    count: integer("count").notNull().default(1),
    decidedAt: at("decided_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.scheduleId, table.dueAt] })],
);
