import {
  apiTokenInputSchema,
  apiTokenSchema,
  codeSchema,
  newApiTokenSchema,
  recoveryCodesSchema,
  twoFactorResetSchema,
  twoFactorSchema,
  twoFactorSetupSchema,
} from "../../db/domain/account-resources.ts";
import { createApiToken, deleteApiToken, listApiTokens } from "../../db/services/api-tokens.ts";
import {
  disableTwoFactor,
  enableTwoFactor,
  getTwoFactor,
  renewRecoveryCodes,
  resetTwoFactor,
  setUpTwoFactor,
} from "../../db/services/two-factor.ts";
import { spendAtDoor } from "../middleware/rate-limit.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, named, pageOf, wholeList } from "./shared.ts";

/** One-time codes and personal API tokens. */
export function accountSecurityRoutes(api: Api): void {
  twoFactorRoutes(api);
  recoveryRoutes(api);
  tokenRoutes(api);
}

function twoFactorRoutes(api: Api): void {
  const { deps } = api;
  endpoint(
    api,
    {
      id: "getTwoFactor",
      method: "get",
      path: "/auth/2fa",
      tag: "Account",
      summary: "Whether one's sign-in needs a one-time code",
      status: 200,
      result: twoFactorSchema,
    },
    ({ ctx }) => getTwoFactor(ctx),
  );

  endpoint(
    api,
    {
      id: "setUpTwoFactor",
      method: "post",
      once: "never",
      path: "/auth/2fa/setup",
      tag: "Account",
      summary: "A new secret for one's device",
      description: "It counts once `enable` was shown a code of it.",
      status: 200,
      result: twoFactorSetupSchema,
      errors: ["confirmation-required", "conflict"],
    },
    ({ ctx }) => setUpTwoFactor(ctx),
  );

  endpoint(
    api,
    {
      id: "enableTwoFactor",
      method: "post",
      once: "never",
      path: "/auth/2fa/enable",
      tag: "Account",
      summary: "Turn one-time codes on, with a code of the device",
      description: "Every other sign-in ends.",
      body: codeSchema,
      status: 200,
      result: recoveryCodesSchema,
      errors: ["confirmation-required", "conflict"],
    },
    async ({ c, ctx, body }) => {
      await spendAtDoor(c, deps, "sign-in", "");
      return { recoveryCodes: await enableTwoFactor(ctx, body.code) };
    },
  );

  endpoint(
    api,
    {
      id: "disableTwoFactor",
      method: "post",
      once: "never",
      path: "/auth/2fa/disable",
      tag: "Account",
      summary: "Turn one-time codes off, with a code",
      body: codeSchema,
      status: 204,
      errors: ["confirmation-required"],
    },
    async ({ c, ctx, body }) => {
      await spendAtDoor(c, deps, "sign-in", "");
      await disableTwoFactor(ctx, body.code);
      return undefined;
    },
  );
}

function recoveryRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "renewRecoveryCodes",
      method: "post",
      once: "never",
      path: "/auth/2fa/recovery-codes",
      tag: "Account",
      summary: "New recovery codes in the place of the old ones",
      status: 200,
      result: recoveryCodesSchema,
      errors: ["confirmation-required", "conflict"],
    },
    async ({ ctx }) => ({ recoveryCodes: await renewRecoveryCodes(ctx) }),
  );

  endpoint(
    api,
    {
      id: "resetTwoFactor",
      method: "post",
      once: "never",
      path: "/users/{id}/2fa/reset",
      tag: "Installation",
      summary: "Turn one-time codes off for somebody who has lost their device; for administrators",
      description: "Every sign-in of that person ends, and a mail tells of it with the reason.",
      params: byId,
      body: twoFactorResetSchema,
      bodyExample: { reason: "The telephone was lost; Dora came by in person" },
      status: 204,
      errors: ["confirmation-required", "conflict"],
    },
    async ({ ctx, params, body }) => {
      await resetTwoFactor(ctx, params.id, body);
      return undefined;
    },
  );
}

function tokenRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listApiTokens",
      method: "get",
      path: "/auth/tokens",
      tag: "Account",
      summary: "One's API tokens",
      status: 200,
      result: pageOf(apiTokenSchema),
    },
    async ({ ctx }) => wholeList(await listApiTokens(ctx)),
  );

  endpoint(
    api,
    {
      id: "createApiToken",
      method: "post",
      once: "never",
      path: "/auth/tokens",
      tag: "Account",
      summary: "Make an API token",
      description:
        "Sent as `Authorization: Bearer vdt_…`. It may do what its person may at that moment, within its scopes.",
      body: named(apiTokenInputSchema, "ApiTokenInput"),
      bodyExample: { name: "CI", scopes: ["read", "run"], expiresInDays: 90 },
      status: 201,
      result: newApiTokenSchema,
      errors: ["confirmation-required", "conflict"],
    },
    ({ ctx, body }) => createApiToken(ctx, body),
  );

  endpoint(
    api,
    {
      id: "deleteApiToken",
      method: "delete",
      path: "/auth/tokens/{id}",
      tag: "Account",
      summary: "End an API token at once",
      params: byId,
      status: 204,
    },
    async ({ ctx, params }) => {
      await deleteApiToken(ctx, params.id);
      return undefined;
    },
  );
}
