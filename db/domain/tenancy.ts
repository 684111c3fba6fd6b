import { z } from "zod";
import { organizationRoles, platformRoles, projectRoles } from "./permissions.ts";
import { pageQuerySchema } from "./queries.ts";
import { userSchema } from "./resources.ts";
import { signOnSchema } from "./sign-on.ts";

/** What an organization may use, whom it invites, and what was done in it: as the API shows it and takes it. */

const id = z.uuid();
const time = z.iso.datetime();

export const invitationStates = ["open", "accepted", "revoked", "expired"] as const;
export type InvitationState = (typeof invitationStates)[number];

const projectGrant = z.strictObject({ projectId: id, role: z.enum(projectRoles) });

export const invitationSchema = z
  .strictObject({
    id,
    email: z.string(),
    role: z.enum(organizationRoles),
    projectRoles: z.array(projectGrant),
    state: z.enum(invitationStates),
    invitedBy: z
      .string()
      .nullable()
      .meta({ description: "The name of who invited; null when that account is gone" }),
    createdAt: time,
    sentAt: time,
    expiresAt: time,
  })
  .meta({ id: "Invitation" });
export type Invitation = z.output<typeof invitationSchema>;

export const sentInvitationSchema = invitationSchema
  .extend({
    link: z.string().nullable().meta({
      description: "Opens the invitation, and is shown this once; null when it was sent by mail",
    }),
  })
  .meta({ id: "SentInvitation" });

export const invitationInputSchema = z.strictObject({
  email: z.string().trim().toLowerCase().pipe(z.email("must be an e-mail address").max(320)),
  role: z.enum(organizationRoles),
  projectRoles: z.array(projectGrant).max(50).default([]),
});
export type InvitationInput = z.output<typeof invitationInputSchema>;

/** What the holder of a token is told before he accepts. */
export const openInvitationSchema = z
  .strictObject({
    organization: z.strictObject({ id, name: z.string() }),
    email: z.string(),
    role: z.enum(organizationRoles),
    expiresAt: time,
    hasAccount: z
      .boolean()
      .meta({ description: "Whether there is an account with this address, to sign in with" }),
  })
  .meta({ id: "OpenInvitation" });
export type OpenInvitation = z.output<typeof openInvitationSchema>;

export const invitationTokenSchema = z.strictObject({ token: z.string().min(20).max(100) });

const most = (about: string, min: number, max: number) =>
  z
    .int()
    .min(min)
    .max(max)
    .nullable()
    .meta({ description: `${about}; null is without a limit` });

/** null is without a limit. */
export const planLimitsSchema = z.strictObject({
  membersMax: most("Members", 1, 1_000_000),
  projectsMax: most("Projects that are not archived", 0, 1_000_000),
  parallelMax: most("Executions that run at once", 1, 100_000),
  retentionDays: most("Days for which the audit log is kept", 30, 3_650).meta({
    description: "Days for which the audit log is kept; null is as long as the installation says",
  }),
  resultDays: most("Days for which runs that have ended are kept, with their executions and files", 1, 3_650),
  artifactBytesMax: most("Bytes of stored files", 0, Number.MAX_SAFE_INTEGER),
});
export type PlanLimits = z.output<typeof planLimitsSchema>;

export const planSchema = z
  .strictObject({
    organizationId: id,
    limits: planLimitsSchema,
    use: z.strictObject({
      members: z.int(),
      projects: z.int(),
      parallel: z.int(),
      artifactBytes: z.int(),
    }),
  })
  .meta({ id: "Plan" });
export type Plan = z.output<typeof planSchema>;
export const planChangeSchema = planLimitsSchema.partial();
export type PlanChange = z.output<typeof planChangeSchema>;

/** Why a file was not kept. */
export const noRoomForFile =
  "the plan of the organization has no room for it; old results take it, or a larger plan gives it";

/** An account, as those who run the installation see it. */
export const accountSchema = userSchema.extend({ disabledAt: time.nullable() }).meta({ id: "Account" });
export type Account = z.output<typeof accountSchema>;

export const accountDetailSchema = accountSchema
  .extend({
    hasPassword: z.boolean(),
    twoFactorSince: time.nullable().meta({ description: "Since when signing in needs a one-time code" }),
    signOns: z.array(signOnSchema).meta({ description: "Accounts at an OpenID provider that open this one" }),
  })
  .meta({ id: "AccountDetail" });
export type AccountDetail = z.output<typeof accountDetailSchema>;
export const accountStates = ["enabled", "disabled"] as const;
export const accountQuerySchema = pageQuerySchema.extend({
  /** In the e-mail address or the name. */
  search: z.string().trim().max(200).optional(),
  state: z.enum(accountStates).optional(),
  platformRole: z.enum(platformRoles).optional(),
});
export type AccountQuery = z.output<typeof accountQuerySchema>;
export const accountChangeSchema = z.strictObject({
  platformRole: z.enum(platformRoles).optional(),
  disabled: z.boolean().optional(),
});
export type AccountChange = z.output<typeof accountChangeSchema>;

/** In the e-mail address, or in a name where the list has one. */
export const searchQuerySchema = pageQuerySchema.extend({ search: z.string().trim().max(200).optional() });
export type SearchQuery = z.output<typeof searchQuerySchema>;

/** An organization, as those who run the installation see it. */
export const tenantSchema = z
  .strictObject({ id, name: z.string(), slug: z.string(), createdAt: time, plan: planSchema })
  .meta({ id: "Tenant" });
export type Tenant = z.output<typeof tenantSchema>;
export const tenantQuerySchema = pageQuerySchema.extend({ search: z.string().trim().max(200).optional() });
export type TenantQuery = z.output<typeof tenantQuerySchema>;
