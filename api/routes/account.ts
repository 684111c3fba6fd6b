import { z } from "zod";
import {
  passwordChangeSchema,
  preferencesChangeSchema,
  preferencesSchema,
  profileChangeSchema,
  signInSessionSchema,
} from "../../db/domain/account-resources.ts";
import { userSchema } from "../../db/domain/resources.ts";
import { getMe, userActor } from "../../db/services/accounts.ts";
import {
  changePassword,
  changePreferences,
  confirmPassword,
  getPreferences,
  updateProfile,
} from "../../db/services/own-account.ts";
import { endOtherSignIns, endSignIn, listSignIns } from "../../db/services/sign-ins.ts";
import { spendAtDoor } from "../middleware/rate-limit.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { named, pageOf, wholeList } from "./shared.ts";

/** What people see and change of their own account. */
export function accountRoutes(api: Api): void {
  profileRoutes(api);
  passwordRoutes(api);
  sessionRoutes(api);
  ticketRoute(api);
}

function profileRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "getMe",
      method: "get",
      path: "/users/me",
      tag: "Account",
      summary: "Who is signed in",
      status: 200,
      result: userSchema,
    },
    ({ ctx }) => getMe(ctx),
  );

  endpoint(
    api,
    {
      id: "updateMe",
      method: "patch",
      path: "/users/me",
      tag: "Account",
      summary: "Change one's name",
      body: named(profileChangeSchema, "ProfileChange"),
      status: 200,
      result: userSchema,
    },
    ({ ctx, body }) => updateProfile(ctx, body),
  );

  endpoint(
    api,
    {
      id: "getPreferences",
      method: "get",
      path: "/users/me/preferences",
      tag: "Account",
      summary: "How one likes the dashboard",
      status: 200,
      result: preferencesSchema,
    },
    ({ ctx }) => getPreferences(ctx),
  );

  endpoint(
    api,
    {
      id: "changePreferences",
      method: "patch",
      path: "/users/me/preferences",
      tag: "Account",
      summary: "Change how one likes the dashboard",
      body: named(preferencesChangeSchema, "PreferencesChange"),
      status: 200,
      result: preferencesSchema,
    },
    ({ ctx, body }) => changePreferences(ctx, body),
  );
}

function passwordRoutes(api: Api): void {
  const { deps } = api;
  endpoint(
    api,
    {
      id: "changePassword",
      method: "put",
      path: "/users/me/password",
      tag: "Account",
      summary: "Change one's password",
      description: "Every other sign-in ends at once, with its open sockets.",
      body: named(passwordChangeSchema, "PasswordChange"),
      status: 204,
      errors: ["unavailable"],
    },
    async ({ c, ctx, body }) => {
      await spendAtDoor(c, deps, "sign-in", "");
      await changePassword(ctx, body);
      return undefined;
    },
  );

  endpoint(
    api,
    {
      id: "confirmSignIn",
      method: "post",
      once: "never",
      path: "/auth/confirm",
      tag: "Account",
      summary: "Show one's password once more",
      description:
        "For ten minutes after it, and after signing in, what answers `confirmation-required` otherwise is done.",
      body: named(z.strictObject({ password: z.string().min(1).max(256) }), "PasswordShown"),
      status: 204,
      errors: ["unavailable"],
    },
    async ({ c, ctx, body }) => {
      await spendAtDoor(c, deps, "sign-in", "");
      await confirmPassword(ctx, body.password);
      return undefined;
    },
  );
}

const bySession = z.strictObject({ id: z.string().regex(/^([0-9a-f]{64}|[0-9a-f-]{36})$/) });

function sessionRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listSessions",
      method: "get",
      path: "/auth/sessions",
      tag: "Account",
      summary: "Where one is signed in, browsers and programs",
      status: 200,
      result: pageOf(signInSessionSchema),
    },
    async ({ ctx }) => wholeList(await listSignIns(ctx)),
  );

  endpoint(
    api,
    {
      id: "endSession",
      method: "delete",
      path: "/auth/sessions/{id}",
      tag: "Account",
      summary: "End a sign-in, with its tokens and sockets",
      params: bySession,
      status: 204,
    },
    async ({ ctx, params }) => {
      await endSignIn(ctx, params.id);
      return undefined;
    },
  );

  endpoint(
    api,
    {
      id: "endOtherSessions",
      method: "delete",
      path: "/auth/sessions",
      tag: "Account",
      summary: "End every sign-in but this one",
      status: 204,
    },
    async ({ ctx }) => {
      await endOtherSignIns(ctx);
      return undefined;
    },
  );
}

function ticketRoute(api: Api): void {
  const { deps } = api;
  endpoint(
    api,
    {
      id: "createSocketTicket",
      method: "post",
      once: "never",
      path: "/ws-tickets",
      tag: "Live",
      summary: "A ticket that opens one WebSocket",
      description:
        "Open `/ws?ticket=…` with it within 30 seconds. Such a socket is closed after 15 minutes with 1008: get a new ticket, and go on after the last `seq`.",
      status: 201,
      result: z
        .strictObject({ ticket: z.string(), expiresAt: z.iso.datetime() })
        .meta({ id: "SocketTicket" }),
    },
    async ({ ctx }) => deps.tokens.issueTicket(userActor(ctx).userId, ctx.signIn ?? null),
  );
}
