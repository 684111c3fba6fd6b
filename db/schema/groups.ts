import { integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import type { GroupContent } from "../domain/group-resources.ts";
import { createdAt, id, organizationId, updatedAt } from "./columns.ts";

export const stepGroups = pgTable("step_group", {
  id: id(),
  organizationId: organizationId(),
  projectId: uuid("project_id").notNull(),
  name: text("name").notNull(),
  version: integer("version").notNull(),
  stepCount: integer("step_count").notNull(),
  /** The groups that its steps call. */
  calls: text("calls").array().notNull().default([]),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

export const stepGroupVersions = pgTable(
  "step_group_version",
  {
    groupId: uuid("group_id").notNull(),
    version: integer("version").notNull(),
    organizationId: organizationId(),
    content: jsonb("content").$type<GroupContent>().notNull(),
    message: text("message").notNull().default(""),
    authorId: uuid("author_id"),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.groupId, table.version] })],
);
