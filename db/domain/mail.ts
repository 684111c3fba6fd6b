import { z } from "zod";
import { oneLine } from "./one-line.ts";

const when = z.iso.datetime();
const address = z.string().nullable();

/** Of what people call themselves and their organizations. */
const nameCharsMax = 200;
const reasonCharsMax = 500;
const issuerCharsMax = 1_000;
const emailCharsMax = 320;

/** What a mail says, by its template. It is stored sealed: a token in it opens an account. */
export const mailContentSchema = z.discriminatedUnion("template", [
  z.strictObject({ template: z.literal("confirm-address"), name: z.string(), token: z.string() }),
  z.strictObject({
    template: z.literal("invitation"),
    organization: z.string(),
    role: z.string(),
    invitedBy: z.string().nullable(),
    token: z.string(),
  }),
  z.strictObject({ template: z.literal("address-known") }),
  z.strictObject({ template: z.literal("set-password"), token: z.string() }),
  z.strictObject({ template: z.literal("password-changed"), at: when, address }),
  z.strictObject({ template: z.literal("token-reused"), at: when }),
  z.strictObject({ template: z.literal("two-factor-changed"), isOn: z.boolean(), at: when, address }),
  z.strictObject({ template: z.literal("two-factor-reset"), reason: z.string(), at: when }),
  z.strictObject({
    template: z.literal("sign-on-changed"),
    isLinked: z.boolean(),
    issuer: z.string(),
    email: z.string().nullable(),
    at: when,
    address,
  }),
]);
export type MailContent = z.output<typeof mailContentSchema>;
export type MailTemplate = MailContent["template"];

/** `link` is the address in the text that something depends on, alone. */
export type ComposedMail = { subject: string; text: string; link: string | null };

type Draft = { subject: string; lines: string[]; link?: string };
type Compose<T extends MailTemplate> = (
  content: Extract<MailContent, { template: T }>,
  publicUrl: string,
) => Draft;

const templates: { [T in MailTemplate]: Compose<T> } = {
  "confirm-address": ({ name, token }, publicUrl) => {
    const link = `${publicUrl}/verify-email?token=${token}`;
    const lines = [
      `Somebody has registered at ${publicUrl} with this address, as "${oneLine(name, nameCharsMax)}".`,
      "If that was you, open this address within a day to make the account:",
      link,
      "If it was not you, do nothing: without your confirmation there will be no account.",
    ];
    return { subject: "Confirm your e-mail address", lines, link };
  },
  invitation: ({ organization, role, invitedBy, token }, publicUrl) => {
    const link = `${publicUrl}/invitations/accept?token=${token}`;
    const by = invitedBy === null ? "Somebody" : `"${oneLine(invitedBy, nameCharsMax)}"`;
    const lines = [
      `${by} has invited you to the organization "${oneLine(organization, nameCharsMax)}" at ${publicUrl}, as ${role}.`,
      "Open this address within seven days to accept:",
      link,
      "If you do not know what this is about, do nothing.",
    ];
    return { subject: "You are invited", lines, link };
  },
  "address-known": (_, publicUrl) => ({
    subject: "You have an account already",
    lines: [
      `Somebody has tried to register at ${publicUrl} with this address, which has an account already.`,
      `If that was you, sign in at ${publicUrl}/sign-in, or set a new password at ${publicUrl}/forgot-password.`,
      "If it was not you, do nothing.",
    ],
  }),
  "set-password": ({ token }, publicUrl) => {
    const link = `${publicUrl}/reset-password?token=${token}`;
    const lines = [
      `Somebody has asked for a new password for your account at ${publicUrl}.`,
      "If that was you, open this address within half an hour to set it:",
      link,
      "If it was not you, do nothing: your password stays as it is.",
    ];
    return { subject: "Set a new password", lines, link };
  },
  "password-changed": ({ at, address }, publicUrl) => ({
    subject: "Your password was changed",
    lines: [
      `The password of your account at ${publicUrl} was changed at ${at}${from(address)}. Other sign-ins have ended.`,
      `If that was not you, set a new one at ${publicUrl}/forgot-password at once, and tell your administrator.`,
    ],
  }),
  "token-reused": ({ at }, publicUrl) => ({
    subject: "A program's sign-in was used twice",
    lines: [
      `A refresh token of your account at ${publicUrl} was used a second time at ${at}: somebody may have copied it. That sign-in has ended, with all its tokens.`,
      `If you do not know why, look at ${publicUrl}/account/security, and change your password.`,
    ],
  }),
  "two-factor-changed": ({ isOn, at, address }, publicUrl) => ({
    subject: isOn ? "One-time codes are on" : "One-time codes are off",
    lines: [
      `For your account at ${publicUrl}, one-time codes at sign-in were turned ${isOn ? "on" : "off"} at ${at}${from(address)}.`,
      "If that was not you, change your password at once, and tell your administrator.",
    ],
  }),
  "two-factor-reset": ({ reason, at }, publicUrl) => ({
    subject: "An administrator has turned your one-time codes off",
    lines: [
      `For your account at ${publicUrl}, an administrator has turned one-time codes at sign-in off at ${at}. Your sign-ins have ended.`,
      `The reason that was given: "${oneLine(reason, reasonCharsMax)}"`,
      `Your password is what it was. Set codes up anew at ${publicUrl}/account/security.`,
      "If you have not asked for this, change your password at once, and tell your administrator.",
    ],
  }),
  "sign-on-changed": ({ isLinked, issuer, email, at, address }, publicUrl) => ({
    subject: isLinked ? "Single sign-on opens your account" : "A single sign-on was unlinked",
    lines: [
      `An account at ${oneLine(issuer, issuerCharsMax)}${email === null ? "" : ` (${oneLine(email, emailCharsMax)})`} was ${isLinked ? "linked to" : "unlinked from"} your account at ${publicUrl} at ${at}${from(address)}${isLinked ? ", and signs you in from now on" : ""}.`,
      `If that was not you, look at ${publicUrl}/account/security, change your password at once, and tell your administrator.`,
    ],
  }),
};

/**
 * The mail as plain text: nothing that people wrote can become anything else in it.
 * @param publicUrl without a slash at the end
 */
export function composeMail(content: MailContent, publicUrl: string): ComposedMail {
  const compose = templates[content.template] as Compose<MailTemplate>;
  const { subject, lines, link = null } = compose(content, publicUrl);
  return { subject, text: `${lines.join("\n\n")}\n\nVerdict\n${publicUrl}\n`, link };
}

function from(address: string | null): string {
  return address === null ? "" : ` from ${address}`;
}
