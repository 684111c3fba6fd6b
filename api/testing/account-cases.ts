import { newId } from "../../db/domain/ids.ts";
import { transaction } from "../../db/services/context.ts";
import { mailNotSent, queueMail } from "../../db/services/mail.ts";
import { hashPassword } from "../../db/services/passwords.ts";
import { systemCtx } from "../../db/testing/factories.ts";
import type { TestApp } from "./app.ts";
import type { Case } from "./matrix-cases.ts";

const password = "correct horse battery staple";

/** The cases of people's own accounts, and of what administrators see of accounts. */
export function accountCases(t: TestApp): Record<string, Case> {
  const own = { stranger: 200, viewer: 200 } as const;
  const done = { stranger: 204, viewer: 204 } as const;
  const ofTheInstallation = { as: "root", stranger: 403, viewer: 403 } as const;
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
      ...done,
    },
    confirmSignIn: {
      path: async () => {
        await givePasswords(t);
        return "/auth/confirm";
      },
      body: () => ({ password }),
      ...done,
    },
    listSessions: { path: () => "/auth/sessions", ...own },
    endSession: {
      path: async () => `/auth/sessions/${await sessionOfAlice(t)}`,
      stranger: 404,
      viewer: 404,
    },
    endOtherSessions: { path: () => "/auth/sessions", ...done },
    createSocketTicket: { path: () => "/ws-tickets", stranger: 201, viewer: 201 },

    getSettings: { path: () => "/settings", ...ofTheInstallation },
    changeSettings: {
      path: () => "/settings",
      body: () => ({ registrationOpen: false }),
      ...ofTheInstallation,
    },
    listUnsentMail: { path: () => "/mail", ...ofTheInstallation },
    openMail: { path: async () => `/mail/${await unsentMail(t)}`, ...ofTheInstallation },
    resendMail: { path: async () => `/mail/${await unsentMail(t)}/retry`, ...ofTheInstallation },
  };
}

/** People of tests have none, since hashing takes a while. */
async function givePasswords(t: TestApp): Promise<void> {
  await t.deps.db.sql`update app_user set password_hash = ${await hashPassword(password)}`;
}

async function sessionOfAlice(t: TestApp): Promise<string> {
  const cookie = await t.cookie("alice");
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
