import { bigint, integer, json, jsonb, pgTable, primaryKey, smallint, text, uuid } from "drizzle-orm/pg-core";
import type { Preferences, SignInMethod } from "../domain/account-resources.ts";
import type { EvidencePolicy } from "../domain/evidence.ts";
import type {
  Demand,
  OrganizationRole,
  PlatformRole,
  ProjectAccess,
  ProjectRole,
} from "../domain/permissions.ts";
import type { NewSnapshotPolicy } from "../domain/snapshots.ts";
import { at, bytea, createdAt, id, organizationId, updatedAt } from "./columns.ts";

export const users = pgTable("app_user", {
  id: id(),
  email: text("email").notNull(),
  name: text("name").notNull(),
  passwordHash: text("password_hash"),
  platformRole: text("platform_role").$type<PlatformRole>().notNull().default("user"),
  preferences: jsonb("preferences").$type<Partial<Preferences>>().notNull().default({}),
  disabledAt: at("disabled_at"),
  createdAt: createdAt(),
});

export const sessions = pgTable("session", {
  id: text("id").primaryKey(),
  userId: uuid("user_id").notNull(),
  expiresAt: at("expires_at").notNull(),
  address: text("address"),
  userAgent: text("user_agent"),
  createdAt: createdAt(),
  usedAt: at("used_at").notNull().defaultNow(),
  /** When its person last proved who they are. */
  confirmedAt: at("confirmed_at").notNull().defaultNow(),
  method: text("method").$type<SignInMethod>().notNull().default("password"),
});

export const refreshTokens = pgTable("refresh_token", {
  id: id(),
  userId: uuid("user_id").notNull(),
  familyId: uuid("family_id").notNull(),
  tokenHash: text("token_hash").notNull(),
  expiresAt: at("expires_at").notNull(),
  usedAt: at("used_at"),
  revokedAt: at("revoked_at"),
  createdAt: createdAt(),
});

export const socketTickets = pgTable("socket_ticket", {
  tokenHash: text("token_hash").primaryKey(),
  userId: uuid("user_id").notNull(),
  expiresAt: at("expires_at").notNull(),
  /** The sign-in that asked for it. */
  familyId: uuid("family_id"),
  sessionId: text("session_id"),
  apiTokenId: uuid("api_token_id"),
});

export const idempotencyKeys = pgTable(
  "idempotency_key",
  {
    userId: uuid("user_id").notNull(),
    key: text("key").notNull(),
    requestHash: text("request_hash").notNull(),
    status: integer("status"),
    body: json("body").$type<unknown>(),
    headers: jsonb("headers").$type<Record<string, string>>(),
    demands: jsonb("demands").$type<Demand[]>(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.key] })],
);

export const organizations = pgTable("organization", {
  id: id(),
  name: text("name").notNull(),
  slug: text("slug").notNull(),
  createdAt: createdAt(),
  /** How many of a project's executions start in one turn. */
  shareWeight: smallint("share_weight").notNull().default(1),
});

export const members = pgTable(
  "member",
  {
    organizationId: organizationId(),
    userId: uuid("user_id").notNull(),
    role: text("role").$type<OrganizationRole>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.userId] })],
);

export const projects = pgTable("project", {
  id: id(),
  organizationId: organizationId(),
  name: text("name").notNull(),
  slug: text("slug").notNull(),
  baseUrl: text("base_url"),
  evidence: text("evidence").$type<EvidencePolicy>().notNull().default("on"),
  video: text("video").$type<EvidencePolicy>().notNull().default("off"),
  defaultBranch: text("default_branch").notNull().default("main"),
  newSnapshots: text("new_snapshots").$type<NewSnapshotPolicy>().notNull().default("fail"),
  access: text("access").$type<ProjectAccess>().notNull().default("organization"),
  device: text("device"),
  /** What its tests may reach beyond public addresses: `CIDR:port`. */
  egressAllow: text("egress_allow").array().notNull().default([]),
  archivedAt: at("archived_at"),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

export const projectMembers = pgTable(
  "project_member",
  {
    projectId: uuid("project_id").notNull(),
    organizationId: organizationId(),
    userId: uuid("user_id").notNull(),
    role: text("role").$type<ProjectRole>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.projectId, table.userId] })],
);

export const invitations = pgTable("invitation", {
  id: id(),
  organizationId: organizationId(),
  email: text("email").notNull(),
  role: text("role").$type<OrganizationRole>().notNull(),
  projectRoles: jsonb("project_roles")
    .$type<{ projectId: string; role: ProjectRole }[]>()
    .notNull()
    .default([]),
  tokenHash: text("token_hash").notNull(),
  invitedBy: uuid("invited_by"),
  createdAt: createdAt(),
  /** When the token was made that opens it now. */
  sentAt: at("sent_at").notNull().defaultNow(),
  expiresAt: at("expires_at").notNull(),
  acceptedAt: at("accepted_at"),
  acceptedBy: uuid("accepted_by"),
  revokedAt: at("revoked_at"),
});

export const organizationPlans = pgTable("organization_plan", {
  organizationId: uuid("organization_id").primaryKey(),
  membersMax: integer("members_max"),
  projectsMax: integer("projects_max"),
  parallelMax: integer("parallel_max"),
  retentionDays: integer("retention_days"),
  resultDays: integer("result_days"),
  artifactBytesMax: bigint("artifact_bytes_max", { mode: "number" }),
  changedBy: text("changed_by").notNull(),
  changedAt: at("changed_at").notNull().defaultNow(),
});

export const organizationUsages = pgTable("organization_usage", {
  organizationId: uuid("organization_id").primaryKey(),
  artifactBytes: bigint("artifact_bytes", { mode: "number" }).notNull().default(0),
});

export const environments = pgTable("environment", {
  id: id(),
  organizationId: organizationId(),
  projectId: uuid("project_id").notNull(),
  name: text("name").notNull(),
  baseUrl: text("base_url"),
  variables: jsonb("variables").$type<Record<string, string>>().notNull().default({}),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

export const secrets = pgTable(
  "secret",
  {
    projectId: uuid("project_id").notNull(),
    organizationId: organizationId(),
    name: text("name").notNull(),
    /** With it its value is sealed, and with the version. */
    id: uuid("id").notNull().defaultRandom(),
    version: integer("version").notNull().default(1),
    ciphertext: bytea("ciphertext").notNull(),
    keyId: text("key_id").notNull(),
    updatedAt: updatedAt(),
  },
  (table) => [primaryKey({ columns: [table.projectId, table.name] })],
);

export const audits = pgTable("audit", {
  id: id(),
  at: at("at").notNull().defaultNow(),
  organizationId: uuid("organization_id"),
  actorId: uuid("actor_id"),
  actor: text("actor").notNull(),
  action: text("action").notNull(),
  entity: text("entity").notNull(),
  entityId: text("entity_id"),
  before: jsonb("before").$type<unknown>(),
  after: jsonb("after").$type<unknown>(),
  address: text("address"),
  userAgent: text("user_agent"),
  requestId: text("request_id"),
});
