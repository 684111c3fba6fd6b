import { z } from "zod";
import { limits } from "../../db/domain/limits.ts";
import { organizationSchema } from "../../db/domain/resources.ts";
import {
  invitationInputSchema,
  invitationSchema,
  invitationTokenSchema,
  openInvitationSchema,
  searchQuerySchema,
  sentInvitationSchema,
} from "../../db/domain/tenancy.ts";
import {
  acceptInvitation,
  joinByInvitation,
  readInvitation,
  visitorCtx,
} from "../../db/services/accept-invitation.ts";
import {
  createInvitation,
  invitationLink,
  listInvitations,
  resendInvitation,
  revokeInvitation,
  type Sent,
} from "../../db/services/invitations.ts";
import { getOrganization } from "../../db/services/organizations.ts";
import type { AppContext, AppDeps } from "../deps.ts";
import { ctxOfUser } from "../middleware/identity.ts";
import { spendAtDoor } from "../middleware/rate-limit.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, named, pageOf } from "./shared.ts";

const tag = "Organizations";
const invitationToken = named(invitationTokenSchema, "InvitationToken");
const byInvitation = byId.extend({ invitationId: z.uuid() });

export function invitationRoutes(api: Api): void {
  sendingRoutes(api);
  acceptingRoutes(api);
}

function sendingRoutes(api: Api): void {
  const { publicUrl, sendsMail } = api.deps;
  const delivery = sendsMail ? "mail" : "hand";
  const shown = ({ invitation, token }: Sent) => ({
    ...invitation,
    link: token === null ? null : invitationLink(publicUrl, token),
  });
  endpoint(
    api,
    {
      id: "listInvitations",
      method: "get",
      path: "/organizations/{id}/invitations",
      tag,
      summary: "Who was invited, the newest first, and what became of it",
      params: byId,
      query: searchQuerySchema,
      status: 200,
      result: pageOf(invitationSchema),
      errors: ["forbidden"],
    },
    ({ ctx, params, query }) => listInvitations(ctx, params.id, query),
  );

  endpoint(
    api,
    {
      id: "createInvitation",
      method: "post",
      // The answer holds a link that opens the invitation, which is kept nowhere.
      once: "never",
      path: "/organizations/{id}/invitations",
      tag,
      summary: "Invite somebody by e-mail address, for 7 days",
      params: byId,
      body: named(invitationInputSchema, "InvitationInput"),
      bodyExample: { email: "dave@example.com", role: "member" },
      status: 201,
      result: sentInvitationSchema,
      errors: ["forbidden", "conflict"],
    },
    async ({ ctx, params, body }) => shown(await createInvitation(ctx, params.id, body, delivery)),
  );

  endpoint(
    api,
    {
      id: "resendInvitation",
      method: "post",
      once: "never",
      path: "/organizations/{id}/invitations/{invitationId}/resend",
      tag,
      summary: "Open an invitation for another 7 days, with a new link; the old one opens nothing any more",
      params: byInvitation,
      status: 200,
      result: sentInvitationSchema,
      errors: ["forbidden", "conflict"],
    },
    async ({ ctx, params }) => shown(await resendInvitation(ctx, params.id, params.invitationId, delivery)),
  );

  endpoint(
    api,
    {
      id: "revokeInvitation",
      method: "delete",
      path: "/organizations/{id}/invitations/{invitationId}",
      tag,
      summary: "Take an invitation back",
      params: byInvitation,
      status: 200,
      result: invitationSchema,
      errors: ["forbidden", "conflict"],
    },
    ({ ctx, params }) => revokeInvitation(ctx, params.id, params.invitationId),
  );
}

function acceptingRoutes(api: Api): void {
  const { deps } = api;
  endpoint(
    api,
    {
      id: "readInvitation",
      method: "post",
      once: "never",
      path: "/invitations/read",
      tag,
      summary: "What an invitation is to, for who holds its token",
      body: invitationToken,
      status: 200,
      result: openInvitationSchema,
      errors: ["not-found", "rate-limited"],
    },
    async ({ c, body }) => {
      await spendAtDoor(c, deps, "sign-in", "");
      return readInvitation(visitorOf(c, deps), body.token);
    },
  );

  endpoint(
    api,
    {
      id: "acceptInvitation",
      method: "post",
      once: "never",
      path: "/invitations/accept",
      tag,
      summary: "Accept an invitation that was sent to the address with which you are signed in",
      body: invitationToken,
      status: 200,
      result: organizationSchema,
      errors: ["forbidden", "not-found", "conflict"],
    },
    async ({ c, ctx, body }) => {
      const accepted = await acceptInvitation(ctx, body.token);
      return organizationOf(c, deps, accepted);
    },
  );

  endpoint(
    api,
    {
      id: "joinByInvitation",
      method: "post",
      once: "never",
      path: "/invitations/join",
      tag,
      summary: "Accept an invitation with a new account; then sign in with its address and this password",
      body: named(
        z.strictObject({
          ...invitationTokenSchema.shape,
          name: z.string().trim().min(1).max(200),
          password: z.string().min(1).max(limits.passwordCharsMax),
        }),
        "JoinByInvitation",
      ),
      status: 201,
      result: organizationSchema,
      errors: ["not-found", "conflict", "rate-limited", "unavailable"],
    },
    async ({ c, body }) => {
      await spendAtDoor(c, deps, "sign-in", "");
      const { token, ...account } = body;
      return organizationOf(c, deps, await joinByInvitation(visitorOf(c, deps), token, account));
    },
  );
}

function visitorOf(c: AppContext, deps: AppDeps) {
  return visitorCtx(deps.db, { now: deps.now, requestId: c.get("requestId"), ...c.get("client") });
}

/** With the roles that the person has now. */
async function organizationOf(
  c: AppContext,
  deps: AppDeps,
  { userId, organizationId }: { userId: string; organizationId: string },
) {
  const ctx = await ctxOfUser(deps, { userId, signIn: null }, c.get("requestId"), c.get("client"));
  if (!ctx) throw new Error(`the account ${userId} was made a member and is gone`);
  return getOrganization(ctx, organizationId);
}
