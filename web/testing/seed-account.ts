import { openSingleSignOn } from "../../api/auth/single-sign-on.ts";
import type { TestApp } from "../../api/testing/app.ts";
import { newId } from "../../db/domain/ids.ts";
import { createApiToken } from "../../db/services/api-tokens.ts";
import type { SignIn } from "../../db/services/context.ts";
import { linkSignOn } from "../../db/services/sign-on-links.ts";
import { setUpTwoFactor } from "../../db/services/two-factor.ts";
import { ctxOf } from "../../db/testing/factories.ts";

/** A provider that nobody goes to. */
export const exampleSignOn = openSingleSignOn(
  {
    issuer: "https://login.example.com/realms/team",
    clientId: "verdict",
    clientSecret: null,
    name: "Example Login",
  },
  { publicUrl: "https://verdict.example.com", ask: () => Promise.reject(new Error("nobody goes there")) },
);

/** Alice's linked accounts at providers and API tokens, and a secret that Dora has not turned on yet. */
export async function seedAccount(t: TestApp): Promise<void> {
  const as = async (who: "alice" | "dora") => {
    const session = await t.deps.sessions.validate(await t.cookie(who));
    const signIn: SignIn = { kind: "session", id: session?.sessionId ?? "" };
    return ctxOf(t.deps.db, t.people[who], { signIn, keys: t.deps.keys });
  };
  const alice = await as("alice");
  const common = { expiresInDays: 90, organizationId: null };
  await createApiToken(alice, { ...common, name: "CI", scopes: ["read", "run"] });
  const organizationId = t.world.a.id;
  const long = "A build with a name that somebody has made longer than anybody would expect of a name";
  await createApiToken(alice, {
    name: long,
    scopes: ["read", "run", "write", "admin"],
    expiresInDays: 7,
    organizationId,
  });
  await createApiToken(alice, { ...common, name: "<b>Dashboard</b> on the wall", scopes: ["read"] });
  const { issuer } = exampleSignOn;
  for (const [of, email] of [
    [issuer, "alice.liddell@example.com"],
    ["https://login.of.a.provider.that.was.used.before.example.org/tenants/12345678/oauth2/default", null],
  ] as const) {
    const identity = { issuer: of, subject: newId(), email, emailVerified: true, authenticatedAt: null };
    await linkSignOn(alice, identity);
  }
  await setUpTwoFactor(await as("dora"));
}
