import { bigint, boolean, doublePrecision, integer, pgTable, real, text, uuid } from "drizzle-orm/pg-core";
import type { SnapshotState } from "../domain/snapshots.ts";
import type { BrowserName } from "../domain/steps/definition.ts";
import { at, createdAt, id, organizationId } from "./columns.ts";

/** What a picture is of. */
const subject = {
  organizationId: organizationId(),
  projectId: uuid("project_id").notNull(),
  testCaseId: uuid("test_case_id").notNull(),
  branch: text("branch").notNull(),
  name: text("name").notNull(),
  variant: text("variant").notNull(),
  browser: text("browser").$type<BrowserName>().notNull(),
  width: integer("width").notNull(),
  height: integer("height").notNull(),
  scale: real("scale").notNull(),
  mobile: boolean("mobile").notNull(),
  platform: text("platform").notNull(),
};

export const baselines = pgTable("baseline", {
  id: id(),
  ...subject,
  revision: integer("revision").notNull(),
  storageKey: text("storage_key").notNull(),
  sha256: text("sha256").notNull(),
  sizeBytes: bigint("size_bytes", { mode: "number" }).notNull(),
  pictureWidth: integer("picture_width").notNull(),
  pictureHeight: integer("picture_height").notNull(),
  executionId: uuid("execution_id"),
  approvedBy: uuid("approved_by"),
  approvedAt: at("approved_at").notNull(),
});

export const snapshots = pgTable("snapshot", {
  id: id(),
  ...subject,
  runId: uuid("run_id").notNull(),
  executionId: uuid("execution_id").notNull(),
  attempt: integer("attempt").notNull(),
  step: integer("step").notNull(),
  result: text("result").$type<"new" | "different">().notNull(),
  state: text("state").$type<SnapshotState>().notNull().default("waiting"),
  baselineId: uuid("baseline_id"),
  actualId: uuid("actual_id").notNull(),
  expectedId: uuid("expected_id"),
  diffId: uuid("diff_id"),
  pixels: bigint("pixels", { mode: "number" }),
  ratio: doublePrecision("ratio"),
  createdAt: createdAt(),
  decidedAt: at("decided_at"),
  decidedBy: uuid("decided_by"),
});
