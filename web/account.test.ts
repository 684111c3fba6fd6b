import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Secret, TOTP } from "otpauth";
import type { Browser, Page } from "puppeteer";
import { createUser } from "../db/services/accounts.ts";
import { mailToSend } from "../db/services/mail.ts";
import { changeSettings } from "../db/services/platform-settings.ts";
import { systemCtx } from "../db/testing/factories.ts";
import { deviceOf } from "./pages/account-security.tsx";
import { openPage, startBrowser } from "./testing/browser.ts";
import { startSite, type TestSite } from "./testing/server.ts";

let site: TestSite;
let browser: Browser;
before(async () => {
  site = await startSite();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await site?.close();
});

const password = "correct horse battery staple";

async function onPage(work: (page: Page) => Promise<void>): Promise<void> {
  const { page, close } = await openPage(browser, site, null);
  page.setDefaultTimeout(20_000);
  try {
    await work(page);
  } finally {
    await close();
  }
}

async function send(page: Page, values: Record<string, string>, button: string): Promise<void> {
  for (const [name, value] of Object.entries(values)) await page.type(`[name="${name}"]`, value);
  await Promise.all([
    page.waitForNavigation({ waitUntil: "load" }),
    page.locator(`::-p-aria([name="${button}"][role="button"])`).click(),
  ]);
}

const heading = (page: Page) => page.$eval("h1", (h1) => h1.textContent);

/** The path of the link in the newest mail to an address, as the worker would make it. */
async function mailedToken(email: string): Promise<string> {
  const { db } = site.t.deps;
  const [mail] = await db.sql`select id from mail where recipient = ${email} order by id desc limit 1`;
  const made = await mailToSend(systemCtx(db), String(mail?.id));
  assert.ok(made && "token" in made.content);
  return made.content.token;
}

async function newUser(): Promise<{ id: string; email: string }> {
  const email = `${crypto.randomUUID()}@example.com`;
  const ctx = systemCtx(site.t.deps.db);
  return createUser(ctx, { email, name: "Gil", password, platformRole: "user" });
}

test("somebody registers, confirms the address in the mail, and signs in", async () => {
  const email = "gil@example.com";
  await onPage(async (page) => {
    await page.goto(`${site.origin}/register`);
    assert.equal(await heading(page), "Registration is closed");
    await changeSettings(systemCtx(site.t.deps.db), { registrationOpen: true });
    await page.goto(`${site.origin}/sign-in`);
    await page.locator("a ::-p-text(Register)").click();
    await page.waitForSelector('[name="name"]');
    await send(page, { name: "Gil", email, password: "short" }, "Register");
    assert.match(await page.$eval("#f-password-error", (e) => e.textContent ?? ""), /8 characters or more/);
    await send(page, { password }, "Register");
    assert.equal(await heading(page), "Look into your mail");
    await page.goto(`${site.origin}/verify-email?token=${await mailedToken(email)}`);
    await send(page, {}, "Make the account");
    assert.equal(await heading(page), "Your address is confirmed");
    await page.goto(`${site.origin}/sign-in`);
    await send(page, { email, password }, "Sign in");
    assert.equal(new URL(page.url()).pathname, "/projects");
  });
});

test("a forgotten password is set anew, and its link works once", async () => {
  const { email } = await newUser();
  await onPage(async (page) => {
    await page.goto(`${site.origin}/sign-in`);
    await page.locator("a ::-p-text(Forgot your password?)").click();
    await page.waitForSelector("h1 ::-p-text(Forgot your password?)");
    await send(page, { email }, "Send the link");
    const known = await page.$eval("main", (main) => main.textContent?.replace(/\S+@\S+/, "X"));
    await page.goto(`${site.origin}/forgot-password`);
    await send(page, { email: "nobody@example.com" }, "Send the link");
    assert.equal(await page.$eval("main", (main) => main.textContent?.replace(/\S+@\S+/, "X")), known);
    const link = `${site.origin}/reset-password?token=${await mailedToken(email)}`;
    await page.goto(link);
    await send(page, { password: "another good password" }, "Set the password");
    assert.equal(await heading(page), "Your password is set");
    await page.goto(link);
    await send(page, { password: "another good password" }, "Set the password");
    assert.match(await page.$eval(".note", (note) => note.textContent ?? ""), /not good any more/);
  });
});

test("a password is changed with the old one: the other browser is out, and this one has a new cookie", async () => {
  const { id, email } = await newUser();
  const client = { address: null, userAgent: "other" };
  const other = (await site.t.deps.sessions.create(id, client)).cookie.split(";")[0] ?? "";
  await onPage(async (page) => {
    await page.goto(`${site.origin}/sign-in?next=/account/security`);
    await send(page, { email, password }, "Sign in");
    const [before] = await page.browserContext().cookies();
    const next = { newPassword: "another good password" };
    await send(page, { currentPassword: "wrong", ...next }, "Change the password");
    assert.match(await page.$eval("#f-currentPassword-error", (e) => e.textContent ?? ""), /is not your/);
    assert.ok(await site.t.deps.sessions.validate(other));
    await send(page, { currentPassword: password, ...next }, "Change the password");
    assert.match(await page.$eval(".note", (note) => note.textContent ?? ""), /password is changed/);
    const [after] = await page.browserContext().cookies();
    assert.notEqual(after?.value, before?.value);
    assert.equal(await site.t.deps.sessions.validate(`${before?.name}=${before?.value}`), null);
    assert.equal(await site.t.deps.sessions.validate(other), null);
  });
});

test("one is known by a name and a theme of one's own, also in a browser that is new", async () => {
  const { email } = await newUser();
  await onPage(async (page) => {
    await page.goto(`${site.origin}/sign-in?next=/account`);
    await send(page, { email, password }, "Sign in");
    await page.select('[name="theme"]', "dark");
    await page.select('[name="timeZone"]', "Europe/Berlin");
    await send(page, {}, "Save preferences");
    assert.equal(await page.$eval("html", (html) => html.dataset.theme), "dark");
  });
  await onPage(async (page) => {
    await page.goto(`${site.origin}/sign-in?next=/account`);
    await send(page, { email, password }, "Sign in");
    assert.equal(await page.$eval("html", (html) => html.dataset.theme), "dark");
    assert.equal(
      await page.$eval('[name="timeZone"]', (select) => (select as HTMLSelectElement).value),
      "Europe/Berlin",
    );
  });
});

test("codes are set up with the picture that the page shows; then signing in asks for one", async () => {
  const { email } = await newUser();
  let recoveryCode = "";
  await onPage(async (page) => {
    await page.goto(`${site.origin}/sign-in?next=/account/security`);
    await send(page, { email, password }, "Sign in");
    await send(page, {}, "Set up");
    assert.ok(await page.$(".qr path"));
    const secret = await page.$eval("form code", (code) => code.textContent?.replaceAll(" ", "") ?? "");
    const totp = new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 });
    await send(page, { code: "no code" }, "Turn on");
    assert.match(await page.$eval("#f-code-error", (error) => error.textContent ?? ""), /is wrong/);
    await send(page, { code: totp.generate() }, "Turn on");
    assert.equal(await heading(page), "Recovery codes");
    recoveryCode = await page.$eval(".codes code", (code) => code.textContent ?? "");
  });
  await onPage(async (page) => {
    await page.goto(`${site.origin}/sign-in?next=/account/security`);
    await send(page, { email, password }, "Sign in");
    assert.equal(await heading(page), "One-time code");
    assert.deepEqual(
      (await page.browserContext().cookies()).filter(({ name }) => name.includes("session")),
      [],
    );
    await send(page, { code: "no code" }, "Sign in");
    await send(page, { code: recoveryCode }, "Sign in");
    assert.equal(new URL(page.url()).pathname, "/account/security");
    assert.match(await page.$eval("main", (main) => main.textContent ?? ""), /9 recovery codes left/);
  });
});

test("a token is made after the password was shown once more, is seen once, and is deleted", async () => {
  const { email, id } = await newUser();
  await onPage(async (page) => {
    await page.goto(`${site.origin}/sign-in?next=/account/tokens`);
    await send(page, { email, password }, "Sign in");
    await site.t.deps.db
      .sql`update session set confirmed_at = now() - interval '1 hour' where user_id = ${id}`;
    await send(page, { name: "CI" }, "Make the token");
    assert.equal(await heading(page), "Your password once more");
    await send(page, { password: "wrong" }, "Go on");
    await send(page, { password }, "Go on");
    await send(page, { name: "CI" }, "Make the token");
    const token = await page.$eval("#new-token", (shown) => shown.textContent ?? "");
    const headers = { authorization: `Bearer ${token}` };
    const asked = () => fetch(`${site.origin}/api/v1/users/me`, { headers });
    assert.equal((await asked()).status, 200);
    await page.goto(`${site.origin}/account/tokens`);
    assert.equal(await page.$("#new-token"), null);
    await page.locator('::-p-aria([name="Delete"][role="button"])').click();
    await Promise.all([
      page.waitForNavigation({ waitUntil: "load" }),
      page.locator("dialog .btn-danger").click(),
    ]);
    assert.equal((await asked()).status, 401);
  });
});

test("a device is called what people call it", () => {
  const chrome =
    "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
  const safari =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
  assert.equal(deviceOf(chrome), "Chrome 140 on Linux");
  assert.equal(deviceOf(safari), "Safari 18 on iOS");
  assert.equal(deviceOf("curl/8.0"), "curl/8.0");
  assert.equal(deviceOf(null), "not known");
});
