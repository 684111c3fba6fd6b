import { z } from "zod";
import { AppError } from "../domain/errors.ts";
import { limits } from "../domain/limits.ts";
import { identitySchema } from "../domain/sign-on.ts";
import type { SecretKeys } from "./envelope.ts";

/**
 * What a browser keeps while its person is on the way to a provider and back: sealed, in a cookie that no script reads and no other
 * browser has. Nothing of it is kept here, so that strangers who begin and never come back cost nothing.
 */
const flowSchema = z.strictObject({
  step: z.literal("away"),
  purpose: z.enum(["sign-in", "link", "confirm"]),
  /** Of the session that asked to link, or to show once more who its person is. */
  sessionId: z.string().nullable(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  next: z.string(),
});

/** The provider has answered, and something is still to be shown: a code, or the password of an account with the address. */
const halfwaySchema = z.discriminatedUnion("step", [
  z.strictObject({ step: z.literal("code"), challenge: z.string(), next: z.string() }),
  z.strictObject({ step: z.literal("password"), identity: identitySchema, next: z.string() }),
]);

const stateSchema = z.discriminatedUnion("step", [flowSchema, halfwaySchema]);
type State = z.output<typeof stateSchema>;
export type SignOnFlow = z.output<typeof flowSchema>;
export type SignOnHalfway = z.output<typeof halfwaySchema>;

const aad = "single sign-on";

/** The cookie's name; browsers take the prefix only over https, for the very host. */
export function signOnCookie(publicUrl: string): { name: string; secure: boolean } {
  const secure = publicUrl.startsWith("https:");
  return { name: secure ? "__Host-verdict_sign_on" : "verdict_sign_on", secure };
}

export function sealSignOn(keys: SecretKeys, state: State, now: Date): string {
  const until = now.getTime() + (state.step === "away" ? limits.signOnMs : limits.challengeMs);
  const { ciphertext, keyId } = keys.seal(JSON.stringify({ until, state }), aad);
  return `${keyId}.${Buffer.from(ciphertext).toString("base64url")}`;
}

/** Null for what is not ours, was changed, or is too old. */
export function openFlow(keys: SecretKeys, sealed: string | undefined, now: Date): SignOnFlow | null {
  const state = open(keys, sealed, now);
  return state?.step === "away" ? state : null;
}

/** Null for what is not ours, was changed, or is too old. */
export function openHalfway(keys: SecretKeys, sealed: string | undefined, now: Date): SignOnHalfway | null {
  const state = open(keys, sealed, now);
  return state === null || state.step === "away" ? null : state;
}

const sealedSchema = z.strictObject({ until: z.number(), state: stateSchema });

function open(keys: SecretKeys, text: string | undefined, now: Date): State | null {
  if (text === undefined) return null;
  try {
    const [keyId = "", sealed = ""] = text.split(".");
    const plain = keys.open({ ciphertext: Buffer.from(sealed, "base64url"), keyId }, aad);
    const { until, state } = sealedSchema.parse(JSON.parse(plain));
    return until > now.getTime() ? state : null;
  } catch (error) {
    // Of the version before or after this one, while an installation is brought up to date.
    if (error instanceof AppError || error instanceof z.ZodError) return null;
    throw error;
  }
}

const askAad = "single sign-on asked for by a session";

/**
 * What a page of this session puts into the address that begins to link an account, or to prove once more who its person is: no
 * other site can make it up, and no other session can use it.
 */
export function sealAsk(keys: SecretKeys, purpose: "link" | "confirm", sessionId: string): string {
  const { ciphertext, keyId } = keys.seal(`${purpose} ${sessionId}`, askAad);
  return `${keyId}.${Buffer.from(ciphertext).toString("base64url")}`;
}

/** Whether a page of this session has asked for it. */
export function isAskOf(
  keys: SecretKeys,
  ask: string,
  purpose: "link" | "confirm",
  sessionId: string,
): boolean {
  try {
    const [keyId = "", sealed = ""] = ask.split(".");
    const plain = keys.open({ ciphertext: Buffer.from(sealed, "base64url"), keyId }, askAad);
    return plain === `${purpose} ${sessionId}`;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
