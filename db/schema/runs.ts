import { bigint, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import type { ShownIn } from "../domain/devices.ts";
import type { ArtifactKind, EventBody, EventType, Failure } from "../domain/events.ts";
import type { EvidencePolicy } from "../domain/evidence.ts";
import type { AttemptStatus, ExecutionStatus, RunStatus } from "../domain/states.ts";
import type { BrowserName } from "../domain/steps/definition.ts";
import { at, createdAt, id, organizationId } from "./columns.ts";

const count = (status: ExecutionStatus) => integer(status).notNull().default(0);

export const runs = pgTable("run", {
  id: id(),
  organizationId: organizationId(),
  projectId: uuid("project_id").notNull(),
  suiteId: uuid("suite_id"),
  name: text("name").notNull(),
  trigger: text("trigger").$type<"manual" | "api" | "retry" | "setup" | "schedule">().notNull(),
  status: text("status").$type<RunStatus>().notNull().default("queued"),
  queued: count("queued"),
  running: count("running"),
  passed: count("passed"),
  failed: count("failed"),
  flaky: count("flaky"),
  error: count("error"),
  cancelled: count("cancelled"),
  skipped: count("skipped"),
  revision: integer("revision").notNull().default(1),
  createdBy: uuid("created_by"),
  /** As the project says where it is null. */
  evidence: text("evidence").$type<EvidencePolicy>(),
  video: text("video").$type<EvidencePolicy>(),
  branch: text("branch"),
  createdAt: createdAt(),
  startedAt: at("started_at"),
  finishedAt: at("finished_at"),
});

export const executions = pgTable("execution", {
  id: id(),
  organizationId: organizationId(),
  projectId: uuid("project_id").notNull(),
  runId: uuid("run_id").notNull(),
  testCaseId: uuid("test_case_id").notNull(),
  version: integer("version").notNull(),
  testCaseName: text("test_case_name").notNull(),
  groupName: text("group_name"),
  browser: text("browser").$type<BrowserName>().notNull(),
  viewport: jsonb("viewport").$type<ShownIn>().notNull(),
  environmentId: uuid("environment_id"),
  baseUrl: text("base_url"),
  variables: jsonb("variables").$type<Record<string, string>>().notNull().default({}),
  status: text("status").$type<ExecutionStatus>().notNull().default("queued"),
  attempt: integer("attempt").notNull().default(0),
  attemptsMax: integer("attempts_max").notNull().default(1),
  failure: jsonb("failure").$type<Failure>(),
  groupVersions: jsonb("group_versions").$type<Record<string, number>>(),
  createdAt: createdAt(),
  startedAt: at("started_at"),
  finishedAt: at("finished_at"),
});

export const attempts = pgTable(
  "attempt",
  {
    executionId: uuid("execution_id").notNull(),
    number: integer("number").notNull(),
    organizationId: organizationId(),
    status: text("status").$type<AttemptStatus>().notNull().default("running"),
    workerId: uuid("worker_id"),
    leaseToken: uuid("lease_token").notNull(),
    failure: jsonb("failure").$type<Failure>(),
    startedAt: at("started_at").notNull().defaultNow(),
    finishedAt: at("finished_at"),
  },
  (table) => [primaryKey({ columns: [table.executionId, table.number] })],
);

export const events = pgTable(
  "event",
  {
    executionId: uuid("execution_id").notNull(),
    seq: integer("seq").notNull(),
    organizationId: organizationId(),
    attempt: integer("attempt").notNull(),
    at: at("at").notNull(),
    type: text("type").$type<EventType>().notNull(),
    body: jsonb("body").$type<EventBody>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.executionId, table.seq] })],
);

export const artifacts = pgTable("artifact", {
  id: id(),
  organizationId: organizationId(),
  executionId: uuid("execution_id").notNull(),
  attempt: integer("attempt").notNull(),
  kind: text("kind").$type<ArtifactKind>().notNull(),
  name: text("name").notNull(),
  step: integer("step"),
  contentType: text("content_type").notNull(),
  sizeBytes: bigint("size_bytes", { mode: "number" }).notNull(),
  sha256: text("sha256").notNull(),
  storageKey: text("storage_key").notNull(),
  width: integer("width"),
  height: integer("height"),
  createdAt: createdAt(),
  /** Why the file is not there although it was made; null: it is stored. */
  lostReason: text("lost_reason"),
});

/** Stored objects that lost a row that named them. */
export const unusedFiles = pgTable("unused_file", {
  storageKey: text("storage_key").primaryKey(),
  organizationId: organizationId(),
  notedAt: at("noted_at").notNull().defaultNow(),
});
