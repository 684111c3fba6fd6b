import { and, eq, gt, isNull, lt, sql } from "drizzle-orm";
import type { OpenedMail, UnsentMail } from "../domain/account-resources.ts";
import { AppError, notFound } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { composeMail, type MailContent, mailContentSchema } from "../domain/mail.ts";
import type { Page, PageQuery } from "../domain/queries.ts";
import { enqueue } from "../outbox.ts";
import { mails } from "../schema/accounts.ts";
import { contentOfLink } from "./account-links.ts";
import { authorizePlatform, type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import type { SecretKeys } from "./envelope.ts";
import { behind, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { iso } from "./times.ts";

/**
 * Mail that something has to say in any case. It is sent if and only if the transaction commits; what it says is sealed until
 * then and gone afterwards.
 */
export async function queueMail(ctx: TxCtx, recipient: string, content: MailContent): Promise<void> {
  const id = newId();
  await insert(ctx, { id, recipient, template: content.template, ...seal(ctx, id, content) });
}

/** Mail with the link of a request. What it says is decided when it is made: see `contentOfLink`. */
export async function queueLinkMail(ctx: TxCtx, recipient: string, linkId: string): Promise<void> {
  await insert(ctx, { id: newId(), recipient, template: "link", linkId });
}

type NewMail = Pick<
  typeof mails.$inferInsert,
  "id" | "recipient" | "template" | "linkId" | "sealed" | "keyId"
>;

async function insert(ctx: TxCtx, mail: NewMail): Promise<void> {
  await ctx.tx.insert(mails).values({ ...mail, createdAt: ctx.now() });
  await enqueue(ctx.tx, { kind: "mail", payload: { mailId: mail.id }, organizationId: null });
}

/**
 * What a mail says, for who sends it; null when there is nothing to send: it was sent, or what was asked for does not exist.
 * Asked again it answers the same.
 */
export async function mailToSend(
  ctx: Ctx,
  mailId: string,
): Promise<{ recipient: string; content: MailContent } | null> {
  return transaction(ctx, async (ctx) => {
    const [mail] = await ctx.tx.select().from(mails).where(eq(mails.id, mailId)).for("update");
    if (!mail || mail.sentAt !== null) return null;
    const { recipient, sealed, keyId, linkId } = mail;
    if (sealed && keyId) return { recipient, content: open(ctx, mailId, { ciphertext: sealed, keyId }) };
    const content = linkId && (await isWelcome(ctx, mail)) ? await contentOfLink(ctx, linkId) : null;
    if (!content) {
      await ctx.tx.delete(mails).where(eq(mails.id, mailId));
      return null;
    }
    await ctx.tx
      .update(mails)
      .set({ template: content.template, ...seal(ctx, mailId, content) })
      .where(eq(mails.id, mailId));
    return { recipient, content };
  });
}

/** Whether its recipient has not been sent enough links in this hour, whoever asked for them. */
async function isWelcome(ctx: TxCtx, mail: typeof mails.$inferSelect): Promise<boolean> {
  const before = await ctx.tx
    .select({ id: mails.id })
    .from(mails)
    .where(
      and(
        eq(mails.recipient, mail.recipient),
        gt(mails.createdAt, new Date(mail.createdAt.getTime() - 3_600_000)),
        lt(mails.id, mail.id),
        sql`${mails.linkId} is not null`,
      ),
    )
    .limit(limits.linksPerHour);
  return before.length < limits.linksPerHour;
}

/** It has left: what it said is of no use here any more. */
export async function mailSent(ctx: Ctx, mailId: string): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const gone = { sentAt: ctx.now(), reason: null, sealed: null, keyId: null };
    await ctx.tx.update(mails).set(gone).where(eq(mails.id, mailId));
  });
}

/** It has not left, for a reason that administrators are shown. */
export async function mailNotSent(ctx: Ctx, mailId: string, reason: string): Promise<void> {
  await transaction(ctx, async (ctx) => {
    await ctx.tx
      .update(mails)
      .set({ reason: reason.slice(0, 500) })
      .where(and(eq(mails.id, mailId), isNull(mails.sentAt)));
  });
}

/** Mail of the last week that has not left, the newest first. For administrators of the installation. */
export async function listUnsentMail(ctx: Ctx, query: PageQuery): Promise<Page<UnsentMail>> {
  authorizePlatform(ctx, "mail.manage");
  return transaction(ctx, async (ctx) => {
    const rows = await ctx.tx
      .select({ row: mails, cursorKey: cursorKey(newestFirst) })
      .from(mails)
      .where(and(isUnsent, behind(newestFirst, query.cursor)))
      .orderBy(...orderBy(newestFirst))
      .limit(query.limit + 1);
    return pageOf(
      newestFirst,
      query.limit,
      rows,
      ({ row }) => unsentOf(row),
      ({ row }) => row.id,
    );
  });
}

const newestFirst: Order = { name: "newest", key: null, id: mails.id, descending: true };

/** What has been made and could not be sent; what waits for its first try may turn out to be nothing. */
const isUnsent = and(isNull(mails.sentAt), sql`${mails.reason} is not null`);

/**
 * What a mail that was not sent says, so that somebody can hand on its link. That is written down.
 * @param publicUrl without a slash at the end
 */
export async function openMail(ctx: Ctx, mailId: string, publicUrl: string): Promise<OpenedMail> {
  authorizePlatform(ctx, "mail.manage");
  return transaction(ctx, async (ctx) => {
    const mail = await unsentMail(ctx, mailId);
    const { sealed, keyId } = mail;
    if (!sealed || !keyId) throw notFound("mail");
    const composed = composeMail(open(ctx, mailId, { ciphertext: sealed, keyId }), publicUrl);
    await audit(ctx, "mail.open", mail);
    return { ...unsentOf(mail), ...composed };
  });
}

/** Tries once more to send a mail. */
export async function resendMail(ctx: Ctx, mailId: string): Promise<UnsentMail> {
  authorizePlatform(ctx, "mail.manage");
  return transaction(ctx, async (ctx) => {
    const mail = await unsentMail(ctx, mailId);
    await enqueue(ctx.tx, {
      kind: "mail",
      payload: { mailId },
      organizationId: null,
      uniqueKey: `again ${mailId}`,
    });
    await audit(ctx, "mail.resend", mail);
    return unsentOf(mail);
  });
}

async function unsentMail(ctx: TxCtx, mailId: string): Promise<typeof mails.$inferSelect> {
  const [mail] = await ctx.tx
    .select()
    .from(mails)
    .where(and(eq(mails.id, mailId), isUnsent));
  if (!mail) throw notFound("mail");
  return mail;
}

function audit(ctx: TxCtx, action: string, { id, recipient, template }: typeof mails.$inferSelect) {
  const after = { recipient, template };
  return recordAudit(ctx, { action, entity: "mail", entityId: id, organizationId: null, after });
}

function unsentOf({ id, recipient, template, reason, createdAt }: typeof mails.$inferSelect): UnsentMail {
  return { id, recipient, template, reason, createdAt: iso(createdAt) };
}

function seal(ctx: Ctx, mailId: string, content: MailContent) {
  const { ciphertext, keyId } = keysOf(ctx).seal(JSON.stringify(content), mailAad(mailId));
  return { sealed: ciphertext, keyId };
}

function open(ctx: Ctx, mailId: string, sealed: { ciphertext: Uint8Array; keyId: string }): MailContent {
  return mailContentSchema.parse(JSON.parse(keysOf(ctx).open(sealed, mailAad(mailId))));
}

/** What the content of a mail is sealed for. */
export function mailAad(mailId: string): string {
  return `mail|${mailId}`;
}

function keysOf({ keys }: Ctx): SecretKeys {
  if (!keys) throw new AppError("internal", "the context of this verb has no keys for mail");
  return keys;
}
