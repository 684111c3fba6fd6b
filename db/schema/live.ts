import { bigint, integer, jsonb, pgTable, primaryKey, real, text, uuid } from "drizzle-orm/pg-core";
import type { LiveAnswer, LiveCommandBody, LiveCommandKind, Scene } from "../domain/live-view.ts";
import { at, bytea, createdAt, id, organizationId } from "./columns.ts";

export const liveViews = pgTable("live_view", {
  executionId: uuid("execution_id").primaryKey(),
  organizationId: organizationId(),
  revision: bigint("revision", { mode: "number" }).notNull().default(0),
  scene: jsonb("scene").$type<Scene>(),
  picture: bytea("picture"),
  pictureRevision: bigint("picture_revision", { mode: "number" }).notNull().default(0),
  wanted: text("wanted").$type<"run" | "pause">().notNull().default("run"),
  wantedAt: at("wanted_at").notNull().defaultNow(),
  wantedBy: text("wanted_by"),
  stepsGranted: integer("steps_granted").notNull().default(0),
  pauseBefore: integer("pause_before"),
  thenDoes: text("then_does").$type<"run" | "stop">().notNull().default("run"),
  pausedAt: at("paused_at"),
  pausedUntil: at("paused_until"),
  holderId: uuid("holder_id"),
  holder: text("holder"),
  heldUntil: at("held_until"),
});

export const liveWatches = pgTable(
  "live_watch",
  {
    executionId: uuid("execution_id").notNull(),
    watcherId: uuid("watcher_id").notNull(),
    organizationId: organizationId(),
    fps: real("fps").notNull(),
    width: integer("width").notNull(),
    expiresAt: at("expires_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.executionId, table.watcherId] })],
);

export const liveCommands = pgTable("live_command", {
  id: id(),
  executionId: uuid("execution_id").notNull(),
  organizationId: organizationId(),
  kind: text("kind").$type<LiveCommandKind>().notNull(),
  body: jsonb("body").$type<LiveCommandBody>().notNull(),
  createdAt: createdAt(),
  takenAt: at("taken_at"),
  answer: jsonb("answer").$type<LiveAnswer>(),
});
