import { z } from "zod";

/** Single sign-on: what an OpenID provider says about a person, and what the account here shows of it. */

/** Whom a provider has signed in, after everything about its answer was checked. */
export const identitySchema = z.strictObject({
  /** As the token names its issuer and the person there: only together, and only these, say who it is. */
  issuer: z.string().min(1).max(1_000),
  subject: z.string().min(1).max(255),
  email: z.string().max(320).nullable(),
  /** Whether the provider says that the person reads mail at this address. */
  emailVerified: z.boolean(),
  /** When the person last proved to the provider who they are; null where it does not say. */
  authenticatedAt: z.iso.datetime().nullable(),
});
export type Identity = z.output<typeof identitySchema>;

export const signOnSchema = z
  .strictObject({
    id: z.uuid(),
    issuer: z.string(),
    email: z
      .string()
      .nullable()
      .meta({ description: "The address that the provider has last named; it decides nothing" }),
    isUsable: z
      .boolean()
      .meta({ description: "It is of the provider that this installation signs people in with now" }),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "SignOn" });
export type SignOn = z.output<typeof signOnSchema>;

/** What brings a browser back from the provider without what it went for. */
export const signOnFaults = [
  "unavailable",
  "denied",
  "not-valid",
  "expired",
  "too-many",
  "disabled",
  "address-unverified",
  "no-account",
  "other-account",
  "linked-already",
  "confirmation-required",
  "not-fresh",
] as const;
export type SignOnFault = (typeof signOnFaults)[number];

/** @param provider what people call it */
export function signOnFaultText(fault: SignOnFault, provider: string): string {
  return texts[fault].replaceAll("$", () => provider);
}

const texts: Readonly<Record<SignOnFault, string>> = {
  unavailable: "$ does not answer now. Try again in a moment, or use your password.",
  denied: "$ has not signed you in.",
  "not-valid": "The answer of $ is not valid. Try again; if it stays so, tell an administrator.",
  expired: "That took too long, or was begun in another browser. Try again.",
  "too-many": "Too many tries from your network. Try again in a minute.",
  disabled: "Your account here is disabled. Ask an administrator of this installation.",
  "address-unverified":
    "$ has not verified your address, so it opens no account here by itself. Sign in with your password, and link $ under Account, Security.",
  "no-account": "You have no account here. Ask an administrator for an invitation.",
  "other-account": "That account at $ does not belong to yours here.",
  "linked-already": "An account at $ is linked already: unlink that one first.",
  "confirmation-required": "Show once more who you are before you link an account.",
  "not-fresh": "$ has not asked you anew who you are.",
};

export function asSignOnFault(text: string | undefined): SignOnFault | null {
  return signOnFaults.find((fault) => fault === text) ?? null;
}
