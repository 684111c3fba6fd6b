import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { AppError } from "../../db/domain/errors.ts";
import { OutsideCalls } from "../../db/outside-calls.ts";
import {
  confirmRegistration,
  type Door,
  forgotPassword,
  register,
  resetPassword,
} from "../../db/services/account-links.ts";
import { createUser } from "../../db/services/accounts.ts";
import { checkCredentials } from "../../db/services/credentials.ts";
import { listUnsentMail, openMail } from "../../db/services/mail.ts";
import { changeSettings } from "../../db/services/platform-settings.ts";
import { type TestDatabase, testDatabase } from "../../db/testing/database.ts";
import { ctxOf, makeUser, systemCtx, testKeys } from "../../db/testing/factories.ts";
import type { HeldJob } from "../held-job.ts";
import type { JobServices } from "../job-handler.ts";
import { openMailTransport } from "../notify/mail-transport.ts";
import { type SmtpSink, startSmtpSink, textOf } from "../testing/smtp-sink.ts";
import { Permanent } from "../verdicts.ts";
import { mail } from "./mail.ts";

const publicUrl = "https://verdict.example.com";
const password = "correct horse battery staple";
let database: TestDatabase;
let sink: SmtpSink | null = null;
let lines: Record<string, unknown>[] = [];
before(async () => {
  database = await testDatabase();
  await changeSettings(systemCtx(database.db), { registrationOpen: true });
});
afterEach(async () => {
  await sink?.close();
  sink = null;
  lines = [];
});
after(() => database.drop());

const door = (): Door => ({
  db: database.db,
  keys: testKeys,
  now: () => new Date(),
  address: "192.0.2.1",
  userAgent: "test",
  requestId: null,
});

let count = 0;
async function newUser() {
  const email = `mailed${++count}@example.com`;
  return createUser(systemCtx(database.db), { email, name: "Mia", password, platformRole: "user" });
}

/** Does the jobs that were enqueued, as a worker would. @returns what each came to */
async function work(url: string | null): Promise<unknown[]> {
  const ask = new OutsideCalls().to("mail");
  const transport = url === null ? null : openMailTransport({ url, from: "Verdict <v@example.com>", ask });
  const log = { info: note, warn: note, error: note, debug: note };
  const services = {
    ctx: (organizationId: string | null) => systemCtx(database.db, organizationId),
    log,
    mail: { transport, publicUrl },
  } as unknown as JobServices;
  const held = { signal: new AbortController().signal } as HeldJob;
  const jobs = await database.db.sql<{ payload: { mailId: string } }[]>`
    delete from outbox where kind = 'mail' returning id, payload`;
  const results: unknown[] = [];
  for (const { payload } of jobs.toSorted((a, b) => a.payload.mailId.localeCompare(b.payload.mailId))) {
    results.push(await mail.run(services, held, payload, () => {}).catch((error: unknown) => error));
    pending.push(payload.mailId);
  }
  return results;
}
const pending: string[] = [];
const note = (fields: Record<string, unknown>) => void lines.push(fields);
const again = () =>
  database.db.orm.transaction(async (tx) => {
    const { enqueue } = await import("../../db/outbox.ts");
    const mailId = pending.at(-1) ?? "";
    await enqueue(tx, { kind: "mail", payload: { mailId }, organizationId: null });
  });

const tokenIn = (text: string) => /token=([\w-]{43})\b/.exec(text)?.[1] ?? "";

test("a forgotten password is reset by the link in a mail, once, and the old one is no more", async () => {
  sink = await startSmtpSink();
  const user = await newUser();
  await forgotPassword(door(), { email: user.email.toUpperCase() });
  await work(sink.url);
  const [received] = sink.mails;
  assert.ok(received);
  assert.deepEqual(received.to, [user.email]);
  assert.match(received.source, /^Subject: Set a new password\r$/m);
  assert.match(received.source, /^Message-ID: <[0-9a-f-]{36}@example\.com>\r$/m);
  const token = tokenIn(textOf(received));
  assert.ok(textOf(received).includes(`${publicUrl}/reset-password?token=${token}`), received.source);
  await resetPassword(door(), token, "another good password");
  const { db } = database;
  assert.equal(await checkCredentials(db, { email: user.email, password: "another good password" }), user.id);
  await assert.rejects(checkCredentials(db, { email: user.email, password }), {
    code: "invalid-credentials",
  });
  await assert.rejects(resetPassword(door(), token, password), { code: "invalid-input" });
  await work(sink.url);
  assert.match(sink.mails[1]?.source ?? "", /^Subject: Your password was changed\r$/m);
});

test("an account is made by the link in a mail, with the password that was chosen", async () => {
  sink = await startSmtpSink();
  const email = "New.Person@example.com";
  await register(door(), { email, name: "New\r\nBcc: evil@example.com", password });
  await assert.rejects(checkCredentials(database.db, { email, password }), { code: "invalid-credentials" });
  await work(sink.url);
  const [received] = sink.mails;
  assert.ok(received);
  assert.deepEqual(received.to, [email.toLowerCase()]);
  assert.doesNotMatch(received.source, /^Bcc:/im);
  const user = await confirmRegistration(door(), tokenIn(textOf(received)));
  assert.equal(user.platformRole, "user");
  assert.equal(await checkCredentials(database.db, { email, password }), user.id);
});

test("nothing is sent to an address that nobody has an account with, and a known one is told that it has", async () => {
  sink = await startSmtpSink();
  await forgotPassword(door(), { email: "nobody@example.com" });
  assert.deepEqual(await work(sink.url), [{ result: { mail: "there is nothing to send" } }]);
  assert.equal(sink.mails.length, 0);
  const user = await newUser();
  await register(door(), { email: user.email, name: "Thief", password: "the thief's password" });
  await work(sink.url);
  assert.match(sink.mails[0]?.source ?? "", /^Subject: You have an account already\r$/m);
  assert.equal(tokenIn(sink.mails[0]?.source ?? ""), "");
  assert.equal(await checkCredentials(database.db, { email: user.email, password }), user.id);
});

test("a link is in no table, job, audit or log in the clear, and what was sent is not kept", async () => {
  sink = await startSmtpSink();
  const user = await newUser();
  await forgotPassword(door(), { email: user.email });
  const jobs = JSON.stringify(await database.db.sql`select payload from outbox where kind = 'mail'`);
  await work("smtp://127.0.0.1:1");
  const stored = async () => JSON.stringify(await database.db.sql`select * from mail, account_link`);
  const before = await stored();
  await again();
  await work(sink.url);
  const token = tokenIn(textOf(sink.mails[0] ?? { from: "", to: [], source: "" }));
  assert.equal(token.length, 43);
  const bytes = Buffer.from(token).toString("hex");
  for (const text of [jobs, before, await stored(), JSON.stringify(lines)]) {
    assert.ok(!text.includes(token) && !text.includes(bytes), text);
  }
  const [row] = await database.db.sql`select sealed, sent_at from mail where recipient = ${user.email}`;
  assert.equal(row?.sealed, null);
  assert.ok(row?.sent_at);
});

test("without a mail server the link stands in the log, and on the administrator's page", async () => {
  const user = await newUser();
  await forgotPassword(door(), { email: user.email });
  await work(null);
  const line = lines.find(({ event }) => event === "mail-not-sent");
  const token = tokenIn(String(line?.link));
  assert.ok(token);
  const { db } = database;
  const root = await ctxOf(db, await makeUser(db, { platformRole: "admin" }), { keys: testKeys });
  const list = await listUnsentMail(root, { limit: 50 });
  const item = list.items.find(({ recipient }) => recipient === user.email);
  assert.ok(item);
  assert.equal(item.reason, "there is no mail server: SMTP_URL is unset");
  const opened = await openMail(root, item.id, publicUrl);
  assert.equal(opened.link, line?.link);
  await resetPassword(door(), token, "another good password");
  const member = await ctxOf(db, await makeUser(db));
  await assert.rejects(listUnsentMail(member, { limit: 50 }), { code: "forbidden" });
  await assert.rejects(openMail(member, item.id, publicUrl), { code: "forbidden" });
});

test("a mail server that is away is asked again with the same link; one that refuses for good is not", async () => {
  const user = await newUser();
  await forgotPassword(door(), { email: user.email });
  const [away] = await work("smtp://127.0.0.1:1");
  assert.ok(away instanceof AppError && away.code === "unavailable", String(away));
  const reasonOf = async () =>
    (await database.db.sql`select reason from mail where recipient = ${user.email}`)[0]?.reason;
  assert.match(await reasonOf(), /^mail is not available: it failed \(ESOCKET|ECONNECTION/);
  sink = await startSmtpSink({ refuse: () => ({ code: 451, text: "come back later" }) });
  await again();
  const [later] = await work(sink.url);
  assert.ok(later instanceof Error && !(later instanceof Permanent), String(later));
  await sink.close();
  sink = await startSmtpSink({ refuse: () => ({ code: 550, text: "no such person" }) });
  await again();
  const [never] = await work(sink.url);
  assert.ok(never instanceof Permanent, String(never));
  assert.match(await reasonOf(), /no such person/);
});

test("one address is sent five links in an hour, however often somebody asks", async () => {
  sink = await startSmtpSink();
  const user = await newUser();
  for (let i = 0; i < 7; i++) await forgotPassword(door(), { email: user.email });
  await work(sink.url);
  assert.equal(sink.mails.length, 5);
});
