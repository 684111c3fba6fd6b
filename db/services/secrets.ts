import type { z } from "zod";
import type { Secret, secretInputSchema } from "../domain/resources.ts";
import type { Ctx, TxCtx } from "./context.ts";

export type SecretKeys = {
  seal(plain: string, aad: string): { ciphertext: Uint8Array; keyId: string };
  open(sealed: { ciphertext: Uint8Array; keyId: string }, aad: string): string;
};
export type SecretInput = z.output<typeof secretInputSchema>;
export declare function openKeys(secretKey: string): SecretKeys;
export declare function listSecrets(ctx: Ctx, projectId: string): Promise<Secret[]>;
export declare function putSecret(ctx: Ctx, projectId: string, input: SecretInput): Promise<Secret>;
export declare function deleteSecret(ctx: Ctx, projectId: string, name: string): Promise<void>;
export declare function openSecrets(
  ctx: TxCtx,
  projectId: string,
  names: readonly string[],
): Promise<Record<string, string>>;
