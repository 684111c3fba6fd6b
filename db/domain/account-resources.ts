import { z } from "zod";
import { limits } from "./limits.ts";
import { tokenScopes } from "./permissions.ts";
import { timeZoneSchema } from "./schedule-resources.ts";

/** What a person sees and changes of their own account, and what administrators decide about accounts. */

const id = z.uuid();
const time = z.iso.datetime();
const email = z.email().max(320);
const newPassword = z
  .string()
  .min(limits.passwordCharsMin, `must have ${limits.passwordCharsMin} characters or more`)
  .max(limits.passwordCharsMax);
const oldPassword = z.string().min(1).max(limits.passwordCharsMax);
const name = z.string().trim().min(1, "must not be empty").max(200);
const token = z.string().min(1).max(500);

export const registrationSchema = z.strictObject({ email, name, password: newPassword });
export type Registration = z.output<typeof registrationSchema>;
export const forgottenSchema = z.strictObject({ email });
export const resetSchema = z.strictObject({ token, password: newPassword });
export const confirmationSchema = z.strictObject({ token });

export const profileChangeSchema = z.strictObject({ name });
export const passwordChangeSchema = z.strictObject({
  currentPassword: oldPassword,
  newPassword,
  keepApiTokens: z
    .boolean()
    .default(false)
    .meta({ description: "Whether programs with API tokens go on; default: the tokens end as well" }),
});
export type PasswordChange = z.output<typeof passwordChangeSchema>;

export const themes = ["auto", "light", "dark"] as const;
export const preferencesSchema = z
  .strictObject({
    timeZone: z.string().nullable().meta({ description: "Of new schedules; null: UTC" }),
    theme: z.enum(themes),
  })
  .meta({ id: "Preferences" });
export const preferencesChangeSchema = z.strictObject({
  timeZone: timeZoneSchema.nullable().optional(),
  theme: z.enum(themes).optional(),
});
export type Preferences = z.output<typeof preferencesSchema>;
export const preferencesDefault: Preferences = { timeZone: null, theme: "auto" };

/** Read by pages and by `ui.js`. */
export const THEME_COOKIE = "verdict_theme";

export const signInMethods = ["password", "sign-on"] as const;
export type SignInMethod = (typeof signInMethods)[number];

export const signInSessionSchema = z
  .strictObject({
    id: z.string(),
    kind: z
      .enum(["browser", "program"])
      .meta({ description: "Of a browser, by its cookie; or of a program, by its refresh tokens" }),
    method: z.enum(signInMethods).meta({ description: "By a password here, or by single sign-on" }),
    address: z.string().nullable(),
    userAgent: z.string().nullable(),
    createdAt: time,
    lastUsedAt: time.meta({ description: "To within a minute" }),
    expiresAt: time,
    isCurrent: z.boolean().meta({ description: "It is what this request came with" }),
  })
  .meta({ id: "Session" });
export type SignInSession = z.output<typeof signInSessionSchema>;

export const platformSettingsSchema = z
  .strictObject({
    registrationOpen: z
      .boolean()
      .meta({ description: "Whether anybody may register, or only people that an administrator adds" }),
  })
  .meta({ id: "Settings" });
export type PlatformSettings = z.output<typeof platformSettingsSchema>;
export const platformSettingsDefault: PlatformSettings = { registrationOpen: false };

export const unsentMailSchema = z
  .strictObject({
    id,
    recipient: z.string(),
    template: z.string(),
    reason: z.string().nullable().meta({ description: "Null: nobody has tried yet" }),
    createdAt: time,
  })
  .meta({ id: "UnsentMail" });
export type UnsentMail = z.output<typeof unsentMailSchema>;

export const openedMailSchema = unsentMailSchema
  .extend({ subject: z.string(), text: z.string(), link: z.string().nullable() })
  .meta({ id: "OpenedMail" });
export type OpenedMail = z.output<typeof openedMailSchema>;

export const codeSchema = z
  .strictObject({
    code: z.string().min(1).max(100).meta({ description: "Of the device, or a recovery code" }),
  })
  .meta({ id: "Code" });

export const twoFactorResetSchema = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .min(1, "must not be empty")
      .max(500)
      .meta({ description: "It is told to the person, and stands in the audit log" }),
  })
  .meta({ id: "TwoFactorReset" });

export const twoFactorSchema = z
  .strictObject({
    enabledAt: time.nullable().meta({ description: "Null: signing in needs no code" }),
    recoveryCodesLeft: z.int(),
  })
  .meta({ id: "TwoFactor" });
export type TwoFactor = z.output<typeof twoFactorSchema>;

export const twoFactorSetupSchema = z
  .strictObject({
    secret: z.string().meta({ description: "Base32, to be typed where no picture can be read" }),
    otpauthUrl: z.string().meta({ description: "What a QR code for the device holds" }),
  })
  .meta({ id: "TwoFactorSetup" });

export const recoveryCodesSchema = z
  .strictObject({
    recoveryCodes: z.array(z.string()).meta({ description: "Shown this once; each works once" }),
  })
  .meta({ id: "RecoveryCodes" });

const scopes = z
  .array(z.enum(tokenScopes))
  .min(1)
  .transform((list) => tokenScopes.filter((scope) => scope === "read" || list.includes(scope)))
  .meta({
    description:
      "`read` is always there; `run` starts, stops and controls runs; `write` changes tests, suites, schedules and environments; `admin` is for everything else that its person may do",
  });

export const apiTokenSchema = z
  .strictObject({
    id,
    name: z.string(),
    hint: z.string().meta({ description: "How it begins" }),
    scopes: z.array(z.enum(tokenScopes)),
    organizationId: id
      .nullable()
      .meta({ description: "The one organization that it is good for; null: all of its person's" }),
    expiresAt: time,
    lastUsedAt: time.nullable().meta({ description: "To within a minute" }),
    createdAt: time,
  })
  .meta({ id: "ApiToken" });
export type ApiToken = z.output<typeof apiTokenSchema>;

export const newApiTokenSchema = apiTokenSchema
  .extend({ token: z.string().meta({ description: "Shown this once" }) })
  .meta({ id: "NewApiToken" });
export type NewApiToken = z.output<typeof newApiTokenSchema>;

export const apiTokenInputSchema = z.strictObject({
  name,
  scopes: scopes.default(["read"]),
  expiresInDays: z.coerce.number().int().min(1).max(limits.apiTokenDaysMax).default(90),
  organizationId: id.nullable().default(null),
});
export type ApiTokenInput = z.output<typeof apiTokenInputSchema>;
