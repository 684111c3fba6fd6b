import { randomBytes } from "node:crypto";
import { and, eq, gt, isNull } from "drizzle-orm";
import type { Db } from "../client.ts";
import type { Registration } from "../domain/account-resources.ts";
import { AppError } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { MailContent } from "../domain/mail.ts";
import type { User } from "../domain/resources.ts";
import { accountLinks } from "../schema/accounts.ts";
import { users } from "../schema/identity.ts";
import { addressOf, insertUser } from "./accounts.ts";
import { refuseCommonPassword } from "./common-passwords.ts";
import { type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { hashToken } from "./derived-keys.ts";
import type { SecretKeys } from "./envelope.ts";
import { queueLinkMail, queueMail } from "./mail.ts";
import { hashPassword } from "./passwords.ts";
import { readSettings } from "./platform-settings.ts";
import { endApiTokens, endSignIns, endSignOns } from "./sign-ins.ts";

/**
 * Accounts by links in mails, for people who have not signed in. What is asked for an address does the same work whether the
 * address is known or not: a request is written down, and a worker finds out later what is to be mailed.
 */
export type Door = {
  db: Db;
  keys: SecretKeys;
  now: () => Date;
  /** Who asks, for the audit. */
  address: string | null;
  userAgent: string | null;
  requestId: string | null;
};

/**
 * Asks for an account. It is made when the link in the mail is opened.
 * @throws AppError `forbidden` when registration is closed, `invalid-input` for a password that is too common
 */
export async function register(door: Door, registration: Registration): Promise<void> {
  const email = addressOf(registration.email);
  const ctx = ctxOfDoor(door, email);
  const { registrationOpen } = await readSettings(ctx);
  if (!registrationOpen) throw new AppError("forbidden", "registration is closed: ask an administrator");
  await refuseCommonPassword(registration.password, "password");
  const passwordHash = await hashPassword(registration.password);
  await request(ctx, { kind: "register", email, name: registration.name, passwordHash }, "user.register");
}

/** Whether anybody may ask for an account. */
export async function isRegistrationOpen(door: Door): Promise<boolean> {
  return (await readSettings(ctxOfDoor(door, "registration"))).registrationOpen;
}

/** Asks for a link that sets a new password. */
export async function forgotPassword(door: Door, { email: written }: { email: string }): Promise<void> {
  const email = addressOf(written);
  await request(ctxOfDoor(door, email), { kind: "reset-password", email }, "password.forget");
}

type NewLink = Pick<typeof accountLinks.$inferInsert, "kind" | "email" | "name" | "passwordHash">;

async function request(ctx: Ctx, link: NewLink, action: string): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const id = newId();
    const lastsMs = link.kind === "register" ? limits.registerLinkMs : limits.resetLinkMs;
    const expiresAt = new Date(ctx.now().getTime() + lastsMs);
    await ctx.tx.insert(accountLinks).values({ ...link, id, expiresAt, createdAt: ctx.now() });
    await queueLinkMail(ctx, link.email, id);
    await recordAudit(ctx, { action, entity: "user", entityId: null, organizationId: null });
  });
}

/** What is to be mailed because of a request, with a new token; null when there is nothing: nobody has this account. */
export async function contentOfLink(ctx: TxCtx, linkId: string): Promise<MailContent | null> {
  const [link] = await ctx.tx
    .select()
    .from(accountLinks)
    .where(and(eq(accountLinks.id, linkId), gt(accountLinks.expiresAt, ctx.now())))
    .for("update");
  if (!link) return null;
  const [user] = await ctx.tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.email, link.email), isNull(users.disabledAt)));
  if (link.kind === "register" && user) return { template: "address-known" };
  if (link.kind === "reset-password" && !user) return null;
  const token = randomBytes(32).toString("base64url");
  await ctx.tx
    .update(accountLinks)
    .set({ tokenHash: hashToken(token), userId: user?.id ?? null })
    .where(eq(accountLinks.id, linkId));
  return link.kind === "register"
    ? { template: "confirm-address", name: link.name ?? "", token }
    : { template: "set-password", token };
}

/**
 * Makes the account of a registration whose link was opened.
 * @throws AppError `invalid-input` for a link that is not good any more
 */
export async function confirmRegistration(door: Door, token: string): Promise<User> {
  const ctx = ctxOfDoor(door, "registration");
  return transaction(ctx, async (ctx) => {
    const { email, name, passwordHash } = await takeLink(ctx, "register", token);
    const user = await insertUser(ctx, { email, name: name ?? "", passwordHash, platformRole: "user" });
    await recordAudit(ctx, {
      action: "user.create",
      entity: "user",
      entityId: user.id,
      organizationId: null,
      after: user,
    });
    return user;
  });
}

/**
 * Sets a new password by a link. Every sign-in, API token and linked sign-on of the account ends; one-time codes stay on, so the
 * link alone opens nothing.
 * @throws AppError `invalid-input` for a link that is not good any more, and for a password that is too common
 */
export async function resetPassword(door: Door, token: string, password: string): Promise<void> {
  // Looked at first, so that nobody without a link makes us hash.
  await transaction(ctxOfDoor(door, "reset"), (ctx) => findLink(ctx, "reset-password", token));
  await refuseCommonPassword(password, "password");
  const passwordHash = await hashPassword(password);
  await transaction(ctxOfDoor(door, "reset"), async (ctx) => {
    const { email, userId } = await takeLink(ctx, "reset-password", token);
    if (userId === null) throw badLink();
    const [user] = await ctx.tx
      .update(users)
      .set({ passwordHash })
      .where(and(eq(users.id, userId), isNull(users.disabledAt)))
      .returning({ id: users.id });
    if (!user) throw badLink();
    await endSignIns(ctx, userId, null);
    await endApiTokens(ctx, userId);
    await endSignOns(ctx, userId);
    const at = ctx.now().toISOString();
    await queueMail(ctx, email, { template: "password-changed", at, address: door.address });
    const about = { entity: "user", entityId: userId, organizationId: null };
    await recordAudit(ctx, { action: "password.reset", ...about });
  });
}

async function findLink(ctx: TxCtx, kind: "register" | "reset-password", token: string) {
  const [link] = await ctx.tx
    .select()
    .from(accountLinks)
    .where(
      and(
        eq(accountLinks.tokenHash, hashToken(token)),
        eq(accountLinks.kind, kind),
        gt(accountLinks.expiresAt, ctx.now()),
      ),
    )
    .for("update");
  if (!link) throw badLink();
  return link;
}

/** A link works once: of two at the same time one waits for the other, and finds it gone. */
async function takeLink(ctx: TxCtx, kind: "register" | "reset-password", token: string) {
  const link = await findLink(ctx, kind, token);
  await ctx.tx.delete(accountLinks).where(eq(accountLinks.id, link.id));
  return link;
}

function badLink(): AppError {
  return new AppError("invalid-input", "this link is not good any more: it was used, or is too old", {
    errors: [{ path: "token", message: "is not good any more: it was used, or is too old" }],
  });
}

/** Nobody has signed in: the installation itself does what it was asked to, and nothing else than what stands here. */
export function ctxOfDoor(door: Door, name: string): Ctx {
  return { ...door, actor: { kind: "system", name: name.slice(0, 320), organizationId: null } };
}
