import { bigint, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import type { TokenScope } from "../domain/permissions.ts";
import { at, bytea, createdAt, id, updatedAt } from "./columns.ts";

export const mails = pgTable("mail", {
  id: id(),
  recipient: text("recipient").notNull(),
  template: text("template").notNull(),
  linkId: uuid("link_id"),
  sealed: bytea("sealed"),
  keyId: text("key_id"),
  sentAt: at("sent_at"),
  reason: text("reason"),
  createdAt: createdAt(),
});

export const accountLinks = pgTable("account_link", {
  id: id(),
  kind: text("kind").$type<"register" | "reset-password">().notNull(),
  email: text("email").notNull(),
  name: text("name"),
  passwordHash: text("password_hash"),
  userId: uuid("user_id"),
  tokenHash: text("token_hash"),
  expiresAt: at("expires_at").notNull(),
  createdAt: createdAt(),
});

export const platformSettings = pgTable("platform_setting", {
  name: text("name").primaryKey(),
  value: jsonb("value").$type<unknown>().notNull(),
  updatedAt: updatedAt(),
  updatedBy: uuid("updated_by"),
});

export const tokenFamilies = pgTable("token_family", {
  id: id(),
  userId: uuid("user_id").notNull(),
  address: text("address"),
  userAgent: text("user_agent"),
  createdAt: createdAt(),
  usedAt: at("used_at").notNull().defaultNow(),
  confirmedAt: at("confirmed_at").notNull().defaultNow(),
  expiresAt: at("expires_at").notNull(),
  revokedAt: at("revoked_at"),
});

export const twoFactors = pgTable("two_factor", {
  userId: uuid("user_id").primaryKey(),
  sealed: bytea("sealed").notNull(),
  keyId: text("key_id").notNull(),
  enabledAt: at("enabled_at"),
  lastStep: bigint("last_step", { mode: "number" }).notNull().default(0),
  failures: integer("failures").notNull().default(0),
  failedAt: at("failed_at"),
  createdAt: createdAt(),
});

export const recoveryCodes = pgTable(
  "recovery_code",
  {
    userId: uuid("user_id").notNull(),
    codeHash: text("code_hash").notNull(),
    usedAt: at("used_at"),
  },
  (table) => [primaryKey({ columns: [table.userId, table.codeHash] })],
);

export const apiTokens = pgTable("api_token", {
  id: id(),
  userId: uuid("user_id").notNull(),
  name: text("name").notNull(),
  hint: text("hint").notNull(),
  tokenHash: text("token_hash").notNull(),
  scopes: text("scopes").array().$type<TokenScope[]>().notNull(),
  restrictedTo: uuid("restricted_to"),
  expiresAt: at("expires_at").notNull(),
  usedAt: at("used_at"),
  createdAt: createdAt(),
});

/** How often a principal did something in its window; `expire` in ms since 1970. */
export const rateLimits = pgTable("rate_limit", {
  key: text("key").primaryKey(),
  points: integer("points").notNull().default(0),
  expire: bigint("expire", { mode: "number" }),
});

export const signOns = pgTable("sign_on", {
  id: id(),
  userId: uuid("user_id").notNull(),
  issuer: text("issuer").notNull(),
  subject: text("subject").notNull(),
  email: text("email"),
  createdAt: createdAt(),
  usedAt: at("used_at"),
});
