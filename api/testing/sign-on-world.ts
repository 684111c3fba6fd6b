import { newId } from "../../db/domain/ids.ts";
import { OutsideCalls } from "../../db/outside-calls.ts";
import { createUser } from "../../db/services/accounts.ts";
import { listAudit } from "../../db/services/audit-log.ts";
import { createInvitation } from "../../db/services/invitations.ts";
import { sealAsk } from "../../db/services/sign-on-state.ts";
import { systemCtx } from "../../db/testing/factories.ts";
import { openSingleSignOn } from "../auth/single-sign-on.ts";
import { publicUrl, testApp } from "./app.ts";
import { type OpenIdProvider, type ProviderAccount, startOpenIdProvider } from "./openid-provider.ts";
import { type SignOnBrowser, signOnBrowser } from "./sign-on-browser.ts";

export const password = "correct horse battery staple";

/** Our side of a provider. */
export function signOnOf({ issuer, client }: Pick<OpenIdProvider, "issuer" | "client">) {
  const ask = new OutsideCalls().to("sign-on");
  return openSingleSignOn({ issuer, ...client, name: "Test" }, { publicUrl, ask });
}

export type SignOnWorld = Awaited<ReturnType<typeof startSignOnWorld>>;

/** The application with a real provider beside it, and people at both. */
export async function startSignOnWorld() {
  const provider = await startOpenIdProvider(publicUrl);
  const t = await testApp({ signOn: signOnOf(provider) });
  const { deps } = t;
  const newBrowser = () => signOnBrowser(t);

  /** Somebody at the provider. */
  const person = (over: ProviderAccount = {}) => {
    const subject = newId();
    const account = { email: `${subject}@example.com`, email_verified: true, name: "Nora", ...over };
    provider.accounts.set(subject, account);
    return { subject, ...account };
  };
  const invite = (email: string) =>
    createInvitation(t.world.as.alice, t.world.a.id, { email, role: "member", projectRoles: [] });

  return {
    t,
    provider,
    newBrowser,
    person,
    invite,
    /** Somebody whose account was made by signing on. */
    async joined() {
      const who = person();
      await invite(who.email);
      const browser = newBrowser();
      const where = await browser.signOn(who.subject);
      if (where !== "/") throw new Error(`signing on ended at ${where}`);
      return { ...who, browser };
    },
    /** Somebody with a password, and the cookie of a session. */
    async account(email = `${newId()}@example.com`) {
      const ctx = systemCtx(deps.db);
      const user = await createUser(ctx, { email, name: "Erin", password, platformRole: "user" });
      const { cookie } = await deps.sessions.create(user.id, { address: null, userAgent: null });
      return { ...user, cookie: cookie.split(";")[0] ?? "" };
    },
    /** Who the session of a browser is of; null when it has none. */
    async me(browser: SignOnBrowser): Promise<{ email: string; name: string } | null> {
      const headers = { cookie: cookieOf(browser) };
      const answer = await t.call(null, "GET", "/users/me", undefined, { headers });
      return answer.status === 200 ? (answer.body as { email: string; name: string }) : null;
    },
    /** What the audit of the installation says of an account, the oldest first. */
    async actions(userId: string): Promise<string[]> {
      const { items } = await listAudit(systemCtx(deps.db), null, { entityId: userId, limit: 50 });
      return items.map(({ action }) => action).reverse();
    },
    async linkedTo(userId: string): Promise<number> {
      return (await deps.db.sql`select 1 from sign_on where user_id = ${userId}`).length;
    },
    /** A browser that is signed in with this cookie, and what a page of it asks for. */
    async signedIn(cookie: string, purpose: "link" | "confirm") {
      const browser = newBrowser();
      browser.cookies.set("verdict_session", cookie.split("=")[1] ?? "");
      const session = await deps.sessions.validate(cookie);
      const ask = sealAsk(deps.keys, purpose, session?.sessionId ?? "");
      return { browser, query: `?${new URLSearchParams({ purpose, ask, next: "/account/tokens" })}` };
    },
    async close() {
      await t.close();
      await provider.close();
    },
  };
}

/** The Cookie header of a browser's session. */
export function cookieOf(browser: SignOnBrowser): string {
  return `verdict_session=${browser.cookies.get("verdict_session") ?? ""}`;
}
