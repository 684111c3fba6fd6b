import { integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { defaultViewport, type Viewport } from "../domain/matrix.ts";
import type { Priority, TestCaseStatus } from "../domain/states.ts";
import type { BrowserName } from "../domain/steps/definition.ts";
import type { Step } from "../domain/steps/index.ts";
import { at, createdAt, id, organizationId, tsvector, updatedAt } from "./columns.ts";

export const testCases = pgTable("test_case", {
  id: id(),
  organizationId: organizationId(),
  projectId: uuid("project_id").notNull(),
  name: text("name").notNull(),
  description: text("description").notNull().default(""),
  expectedResult: text("expected_result").notNull().default(""),
  groupName: text("group_name"),
  priority: text("priority").$type<Priority>().notNull(),
  status: text("status").$type<TestCaseStatus>().notNull(),
  tags: text("tags").array().notNull().default([]),
  version: integer("version").notNull(),
  stepCount: integer("step_count").notNull(),
  calls: text("calls").array().notNull().default([]),
  search: tsvector("search").notNull(),
  archivedAt: at("archived_at"),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

/** What a version keeps: everything that a person can edit. */
export type TestCaseContent = {
  name: string;
  description: string;
  expectedResult: string;
  priority: Priority;
  status: TestCaseStatus;
  tags: string[];
  group: string | null;
  steps: Step[];
};

export const testCaseVersions = pgTable(
  "test_case_version",
  {
    testCaseId: uuid("test_case_id").notNull(),
    version: integer("version").notNull(),
    organizationId: organizationId(),
    content: jsonb("content").$type<TestCaseContent>().notNull(),
    message: text("message").notNull().default(""),
    authorId: uuid("author_id"),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.testCaseId, table.version] })],
);

export const suites = pgTable("suite", {
  id: id(),
  organizationId: organizationId(),
  projectId: uuid("project_id").notNull(),
  name: text("name").notNull(),
  description: text("description").notNull().default(""),
  tagQuery: text("tag_query").array(),
  environmentId: uuid("environment_id"),
  retries: integer("retries").notNull().default(0),
  browsers: text("browsers").array().$type<BrowserName[]>().notNull().default(["chromium"]),
  viewports: jsonb("viewports").$type<Viewport[]>().notNull().default([defaultViewport]),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

export const suiteCases = pgTable(
  "suite_case",
  {
    suiteId: uuid("suite_id").notNull(),
    testCaseId: uuid("test_case_id").notNull(),
    organizationId: organizationId(),
    position: integer("position").notNull(),
  },
  (table) => [primaryKey({ columns: [table.suiteId, table.testCaseId] })],
);
