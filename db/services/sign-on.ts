import { and, eq, gt, ne, sql } from "drizzle-orm";
import { z } from "zod";
import { AppError } from "../domain/errors.ts";
import type { Identity, SignOnFault } from "../domain/sign-on.ts";
import { signOns } from "../schema/accounts.ts";
import { invitations, users } from "../schema/identity.ts";
import { ctxOfDoor, type Door } from "./account-links.ts";
import { addressOf, auditAccount, insertUser } from "./accounts.ts";
import { recordAudit, type TxCtx, transaction } from "./context.ts";
import { completeSignIn } from "./credentials.ts";
import { isOpen } from "./invitations.ts";
import { readSettings } from "./platform-settings.ts";
import { insertSignOn } from "./sign-on-links.ts";
import { hasTwoFactor } from "./two-factor.ts";

/** What is to be done with somebody whom a provider has signed in. `in`: the sign-in is written down. */
export type Arrival =
  | { state: "in"; userId: string }
  | { state: "code"; userId: string }
  /** An account has the address, and nobody has shown yet that it is the same person's. */
  | { state: "password" }
  | { state: "refused"; fault: SignOnFault };

/**
 * Whom somebody is here that a provider has signed in. Issuer and subject alone say which account it is; an address, even a
 * verified one, opens none that is there already (decision 0022). A new account is made where registration is open or an
 * invitation for the verified address stands.
 * @param name what the provider calls the person
 */
export async function arrive(door: Door, identity: Identity, name: string | null): Promise<Arrival> {
  const arrival = await placed(door, identity, name);
  if (arrival.state === "in") {
    await completeSignIn(door.db, arrival.userId, null, door.keys, { ...door, by: "sign-on" });
  }
  if (arrival.state === "refused") {
    const email = identity.email ?? identity.subject;
    await auditAccount(door.db, { action: "session.refuse", user: null, email, client: door });
  }
  return arrival;
}

/** Of two who want an account for the same address at once, the second finds what the first has made. */
async function placed(door: Door, identity: Identity, name: string | null): Promise<Arrival> {
  const ctx = ctxOfDoor(door, identity.email ?? identity.subject);
  const once = () => transaction(ctx, (ctx) => place(ctx, identity, name));
  return once().catch((error: unknown) => {
    if (error instanceof AppError && error.code === "conflict") return once();
    throw error;
  });
}

async function place(ctx: TxCtx, identity: Identity, name: string | null): Promise<Arrival> {
  const linked = (await findLinked(ctx, identity)) ?? (await findLinkedByNow(ctx, identity));
  if (linked) {
    if (linked.disabledAt) return refused("disabled");
    const needsCode = await hasTwoFactor(ctx.tx, linked.userId);
    return { state: needsCode ? "code" : "in", userId: linked.userId };
  }
  const email = verifiedAddressOf(identity);
  // The same whether the address has an account or not: it is not known to be this person's.
  if (email === null) return refused("address-unverified");
  const [user] = await ctx.tx.select().from(users).where(eq(users.email, email));
  if (user) return placeBeside(ctx, user, identity);
  if (!(await isWelcome(ctx, email))) return refused("no-account");
  return { state: "in", userId: await makeAccount(ctx, email, identity, name) };
}

async function findLinked({ tx, now }: TxCtx, { issuer, subject, email }: Identity) {
  const own = and(eq(signOns.issuer, issuer), eq(signOns.subject, subject));
  const [linked] = await tx
    .select({ id: signOns.id, userId: users.id, disabledAt: users.disabledAt })
    .from(signOns)
    .innerJoin(users, eq(users.id, signOns.userId))
    .where(own);
  if (linked) await tx.update(signOns).set({ usedAt: now(), email }).where(eq(signOns.id, linked.id));
  return linked ?? null;
}

/** Of two browsers that bring the same new person at once, the second waits for what the first makes. */
async function findLinkedByNow(ctx: TxCtx, identity: Identity) {
  const who = `sign-on ${identity.issuer} ${identity.subject}`;
  await ctx.tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${who}, 0))`);
  return findLinked(ctx, identity);
}

/** Somebody else at the provider who has come by the address of an account that is linked is not its person. */
async function placeBeside(
  { tx }: TxCtx,
  user: { id: string; disabledAt: Date | null },
  { issuer, subject }: Identity,
): Promise<Arrival> {
  if (user.disabledAt) return refused("disabled");
  const [other] = await tx
    .select({ id: signOns.id })
    .from(signOns)
    .where(and(eq(signOns.userId, user.id), eq(signOns.issuer, issuer), ne(signOns.subject, subject)));
  return other ? refused("other-account") : { state: "password" };
}

function refused(fault: SignOnFault): Arrival {
  return { state: "refused", fault };
}

function verifiedAddressOf({ email, emailVerified }: Identity): string | null {
  if (email === null || !emailVerified) return null;
  const parsed = z.email().max(320).safeParse(addressOf(email));
  return parsed.success ? parsed.data : null;
}

/** Whether an account may be made for whoever reads mail at the address. */
async function isWelcome(ctx: TxCtx, email: string): Promise<boolean> {
  if ((await readSettings(ctx)).registrationOpen) return true;
  await ctx.tx.execute(sql`select set_config('app.invited', ${email}, true)`);
  const [invitation] = await ctx.tx
    .select({ id: invitations.id })
    .from(invitations)
    .where(and(eq(invitations.email, email), isOpen, gt(invitations.expiresAt, ctx.now())))
    .limit(1);
  return invitation !== undefined;
}

/** Without a password: its person sets one by a link in a mail, if ever. */
async function makeAccount(
  ctx: TxCtx,
  email: string,
  identity: Identity,
  name: string | null,
): Promise<string> {
  const called = plainName(name) || (email.split("@")[0] ?? email).slice(0, 200);
  const row = { email, name: called, passwordHash: null, platformRole: "user" as const };
  const user = await insertUser(ctx, row);
  const about = { entity: "user", entityId: user.id, organizationId: null };
  await recordAudit(ctx, { action: "user.create", ...about, after: user });
  const linked = await insertSignOn(ctx, user.id, identity, ctx.now());
  await recordAudit(ctx, { action: "sign-on.link", ...about, after: linked });
  return user.id;
}

function plainName(name: string | null): string {
  return (name ?? "")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .trim()
    .slice(0, 200)
    .trim();
}
