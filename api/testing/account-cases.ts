import { Secret, TOTP } from "otpauth";
import { newId } from "../../db/domain/ids.ts";
import { transaction } from "../../db/services/context.ts";
import { mailNotSent, queueMail } from "../../db/services/mail.ts";
import { hashPassword } from "../../db/services/passwords.ts";
import { makeUser, systemCtx } from "../../db/testing/factories.ts";
import type { Person, TestApp } from "./app.ts";
import type { Case } from "./matrix-cases.ts";

const password = "correct horse battery staple";

/** The cases of people's own accounts, and of what administrators see of accounts. */
export function accountCases(t: TestApp): Record<string, Case> {
  const own = { needs: null } as const;
  const { giveCodes, withCodes, withoutCodes, codeOf } = codesFor(t);
  return {
    getMe: { path: () => "/users/me", ...own },
    updateMe: { path: () => "/users/me", body: () => ({ name: "Renamed" }), ...own },
    getPreferences: { path: () => "/users/me/preferences", ...own },
    changePreferences: {
      path: () => "/users/me/preferences",
      body: () => ({ theme: "dark", timeZone: "Europe/Berlin" }),
      ...own,
    },
    changePassword: {
      path: async () => {
        await givePasswords(t);
        return "/users/me/password";
      },
      body: () => ({ currentPassword: password, newPassword: "another good password" }),
      ...own,
    },
    confirmSignIn: {
      path: async () => {
        await givePasswords(t);
        return "/auth/confirm";
      },
      body: () => ({ password }),
      ...own,
    },
    listSessions: { path: () => "/auth/sessions", ...own },
    endSession: {
      path: async (who) => `/auth/sessions/${await sessionOf(t, who)}`,
      ...own,
    },
    endOtherSessions: { path: () => "/auth/sessions", ...own },
    createSocketTicket: { path: () => "/ws-tickets", ...own },
    getTwoFactor: { path: () => "/auth/2fa", ...own },
    setUpTwoFactor: { path: withoutCodes("/auth/2fa/setup"), ...own },
    enableTwoFactor: {
      path: withCodes("/auth/2fa/enable", { isOn: false }),
      body: () => ({ code: codeOf() }),
      ...own,
    },
    disableTwoFactor: {
      path: withCodes("/auth/2fa/disable", { isOn: true }),
      body: () => ({ code: codeOf() }),
      ...own,
    },
    renewRecoveryCodes: { path: withCodes("/auth/2fa/recovery-codes", { isOn: true }), ...own },
    resetTwoFactor: {
      // Of somebody else each time: it ends their sign-ins.
      path: async () => {
        const { id } = await makeUser(t.deps.db);
        await giveCodes(id, true);
        return `/users/${id}/2fa/reset`;
      },
      body: () => ({ reason: "the telephone was lost" }),
      needs: "users.manage",
    },
    listSignOns: { path: () => "/auth/oidc/links", ...own },
    unlinkSignOn: {
      path: async (who) => {
        await givePasswords(t);
        return `/auth/oidc/links/${await signOnOf(t, who)}`;
      },
      ...own,
    },
    listApiTokens: { path: () => "/auth/tokens", ...own },
    createApiToken: {
      path: () => "/auth/tokens",
      body: () => ({ name: newId(), scopes: ["read", "run"] }),
      ...own,
    },
    deleteApiToken: {
      path: async (who) => {
        const { body } = await t.call(who, "POST", "/auth/tokens", { name: newId() });
        return `/auth/tokens/${body.id}`;
      },
      ...own,
    },

    getSettings: { path: () => "/settings", needs: "settings.manage" },
    changeSettings: {
      path: () => "/settings",
      body: () => ({ registrationOpen: false }),
      needs: "settings.manage",
    },
    listUnsentMail: { path: () => "/mail", needs: "mail.manage" },
    openMail: { path: async () => `/mail/${await unsentMail(t)}`, needs: "mail.manage" },
    resendMail: { path: async () => `/mail/${await unsentMail(t)}/retry`, needs: "mail.manage" },
  };
}

/** People of tests have none, since hashing takes a while. */
async function givePasswords(t: TestApp): Promise<void> {
  await t.deps.db.sql`update app_user set password_hash = ${await hashPassword(password)}`;
}

/** @returns the id of an account at a provider that opens that of the person */
async function signOnOf(t: TestApp, who: Person): Promise<string> {
  const [id, userId] = [newId(), t.people[who].id];
  await t.deps.db.sql`delete from sign_on where user_id = ${userId}`;
  await t.deps.db.sql`insert into sign_on (id, user_id, issuer, subject)
    values (${id}, ${userId}, 'https://login.example.com', ${newId()})`;
  return id;
}

async function sessionOf(t: TestApp, who: Person): Promise<string> {
  const cookie = await t.cookie(who);
  return (await t.deps.sessions.validate(cookie))?.sessionId ?? "";
}

/** @returns the id of a mail that could not be sent */
export async function unsentMail(t: TestApp): Promise<string> {
  const ctx = systemCtx(t.deps.db);
  const recipient = `${newId()}@example.com`;
  const content = { template: "set-password", token: "a-token" } as const;
  await transaction(ctx, (ctx) => queueMail(ctx, recipient, content));
  const [mail] = await t.deps.db.sql<{ id: string }[]>`select id from mail where recipient = ${recipient}`;
  await mailNotSent(ctx, mail?.id ?? "", "there is no mail server: SMTP_URL is unset");
  return mail?.id ?? "";
}

/** Everybody's device has the same secret, in any state that an endpoint needs. */
function codesFor(t: TestApp) {
  const { sql } = t.deps.db;
  const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
  const totp = new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 });
  const giveCodes = async (userId: string, isOn: boolean) => {
    const { ciphertext, keyId } = t.deps.keys.seal(secret, `one-time codes|${userId}`);
    await sql`insert into two_factor (user_id, sealed, key_id, enabled_at)
      values (${userId}, ${Buffer.from(ciphertext)}, ${keyId}, ${isOn ? new Date().toISOString() : null})`;
  };
  const withoutCodes = (path: string) => async () => {
    await sql`delete from two_factor`;
    return path;
  };
  const withCodes =
    (path: string, { isOn }: { isOn: boolean }) =>
    async () => {
      await sql`delete from two_factor`;
      for (const { id } of Object.values(t.people)) await giveCodes(id, isOn);
      return path;
    };
  return { giveCodes, withCodes, withoutCodes, codeOf: () => totp.generate() };
}
