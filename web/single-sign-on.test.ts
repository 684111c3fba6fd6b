import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Secret, TOTP } from "otpauth";
import type { Browser, Page } from "puppeteer";
import { openSingleSignOn } from "../api/auth/single-sign-on.ts";
import { type OpenIdProvider, startOpenIdProvider } from "../api/testing/openid-provider.ts";
import { newId } from "../db/domain/ids.ts";
import { OutsideCalls } from "../db/outside-calls.ts";
import { createUser } from "../db/services/accounts.ts";
import { createInvitation } from "../db/services/invitations.ts";
import { handed, systemCtx } from "../db/testing/factories.ts";
import { freePort } from "../ops/embedded-postgres.ts";
import { axeFaults, openPage, startBrowser } from "./testing/browser.ts";
import { startSite, type TestSite } from "./testing/server.ts";

let provider: OpenIdProvider;
let site: TestSite;
let browser: Browser;
before(async () => {
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  provider = await startOpenIdProvider(publicUrl);
  const { issuer, client } = provider;
  const ask = new OutsideCalls().to("sign-on");
  const signOn = openSingleSignOn({ issuer, ...client, name: "Example Login" }, { publicUrl, ask });
  site = await startSite({ publicUrl, signOn }, port);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await site?.close();
  await provider?.close();
});

const password = "correct horse battery staple";

async function onPage(work: (page: Page) => Promise<void>): Promise<void> {
  const { page, close } = await openPage(browser, site, null);
  page.setDefaultTimeout(30_000);
  try {
    await work(page);
  } finally {
    await close();
  }
}

async function press(page: Page, name: string): Promise<void> {
  await Promise.all([
    page.waitForNavigation({ waitUntil: "load" }),
    page.locator(`::-p-xpath(//*[contains(@class, "btn")][normalize-space(.)="${name}"])`).click(),
  ]);
}

async function send(page: Page, values: Record<string, string>, button: string): Promise<void> {
  for (const [name, value] of Object.entries(values)) await page.type(`[name="${name}"]`, value);
  await press(page, button);
}

const heading = (page: Page) => page.$eval("h1", (h1) => h1.textContent);
const pathOf = (page: Page) => new URL(page.url()).pathname;
const asProvider = (page: Page, login: string) => send(page, { login }, "Sign in at the provider");

function atProvider(email: string): string {
  const subject = newId();
  provider.accounts.set(subject, { email, email_verified: true, name: "Gil" });
  return subject;
}

async function newUser() {
  const email = `${newId()}@example.com`;
  const ctx = systemCtx(site.t.deps.db);
  return createUser(ctx, { email, name: "Gil", password, platformRole: "user" });
}

test("somebody who is invited makes an account by the provider, accepts, and signs in by it again", async () => {
  const email = `${newId()}@example.com`;
  const input = { email, role: "member" as const, projectRoles: [] };
  const { token } = handed(await createInvitation(site.t.world.as.alice, site.t.world.a.id, input));
  const subject = atProvider(email);
  await onPage(async (page) => {
    await page.goto(`${site.origin}/invitations/accept?token=${token}`);
    await press(page, "Sign in with Example Login");
    await asProvider(page, subject);
    assert.equal(pathOf(page), "/invitations/accept");
    await press(page, "Accept");
    assert.equal(pathOf(page), `/organizations/${site.t.world.a.id}/members`);
    await page.goto(`${site.origin}/account/security`);
    const text = await page.$eval("main", (main) => main.textContent ?? "");
    assert.match(text, /You have none: single sign-on opens your account/);
    assert.match(text, /by single sign-on/);
    assert.deepEqual(await axeFaults(page), []);
  });
  await onPage(async (page) => {
    await page.goto(`${site.origin}/account/security`);
    assert.deepEqual(await axeFaults(page), []);
    await press(page, "Sign in with Example Login");
    await asProvider(page, subject);
    assert.equal(pathOf(page), "/account/security");
    // What would let a thief stay asks the provider anew, since there is no password.
    await page.goto(`${site.origin}/account/tokens`);
    await send(page, { name: "CI" }, "Make the token");
    assert.equal(await heading(page), "Show once more who you are");
    await press(page, "Sign in once more with Example Login");
    assert.equal(await heading(page), "Who are you?");
    await asProvider(page, subject);
    assert.equal(pathOf(page), "/account/tokens");
    await send(page, { name: "CI" }, "Make the token");
    assert.match(await page.$eval("#new-token", (shown) => shown.textContent ?? ""), /^vdt_/);
  });
});

test("an account with the address is opened by the provider once its password and its code were shown", async () => {
  const { email, id } = await newUser();
  const subject = atProvider(email);
  let recoveryCode = "";
  await onPage(async (page) => {
    await page.goto(`${site.origin}/sign-in?next=/account/security`);
    await send(page, { email, password }, "Sign in");
    await press(page, "Set up");
    const secret = await page.$eval("form code", (code) => code.textContent?.replaceAll(" ", "") ?? "");
    await send(page, { code: new TOTP({ secret: Secret.fromBase32(secret) }).generate() }, "Turn on");
    recoveryCode = await page.$eval(".codes code", (code) => code.textContent ?? "");
  });
  await onPage(async (page) => {
    await page.goto(`${site.origin}/sign-in?next=/account/security`);
    await press(page, "Sign in with Example Login");
    await asProvider(page, subject);
    assert.equal(await heading(page), "Is this account yours?");
    assert.deepEqual(await axeFaults(page), []);
    await send(page, { password: "a wrong one" }, "Link and sign in");
    assert.match(await page.$eval(".note", (note) => note.textContent ?? ""), /not the password/);
    await send(page, { password }, "Link and sign in");
    assert.equal(await heading(page), "One-time code");
    const linked = () => site.t.deps.db.sql`select 1 from sign_on where user_id = ${id}`;
    assert.equal((await linked()).length, 0, "the password alone links nothing");
    await send(page, { code: recoveryCode }, "Sign in");
    assert.equal(pathOf(page), "/account/security");
    assert.equal((await linked()).length, 1);
  });
  await onPage(async (page) => {
    await page.goto(`${site.origin}/sign-in`);
    await press(page, "Sign in with Example Login");
    await asProvider(page, subject);
    assert.equal(await heading(page), "One-time code", "codes stay what they are");
    const names = (await page.browserContext().cookies()).map(({ name }) => name);
    assert.ok(!names.includes("verdict_session"));
  });
});

test("one links an account on the page of security and unlinks it again; a refusal of the provider is said", async () => {
  const { email } = await newUser();
  await onPage(async (page) => {
    await page.goto(`${site.origin}/sign-in?next=/account/security`);
    await send(page, { email, password }, "Sign in");
    await press(page, "Link an account at Example Login");
    await asProvider(page, "");
    assert.match(await page.$eval(".note", (note) => note.textContent ?? ""), /has not signed you in/);
    await press(page, "Link an account at Example Login");
    await asProvider(page, atProvider("<b>other</b>@example.com"));
    assert.match(await page.$eval(".note", (note) => note.textContent ?? ""), /Linked: it opens/);
    const row = await page.$eval('[aria-label="Linked accounts"] tbody', (rows) => rows.textContent ?? "");
    assert.match(row, /Example Login.*<b>other<\/b>@example\.com/);
    assert.deepEqual(await axeFaults(page), []);
    await page.locator('::-p-aria([name="Unlink"][role="button"])').click();
    await Promise.all([
      page.waitForNavigation({ waitUntil: "load" }),
      page.locator("dialog .btn-danger").click(),
    ]);
    assert.match(await page.$eval(".note", (note) => note.textContent ?? ""), /Unlinked/);
  });
});

test("what an address says of a fault is only ever one of our own texts", async () => {
  const said = async (query: string) => (await fetch(`${site.origin}/sign-in?${query}`)).text();
  assert.match(await said("fault=unavailable"), /Example Login does not answer now/);
  assert.doesNotMatch(await said("fault=%3Cb%3Eowned"), /owned/);
  assert.doesNotMatch(await said("fault=toString"), /native code/);
});
