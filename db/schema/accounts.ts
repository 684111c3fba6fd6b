import { jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
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
