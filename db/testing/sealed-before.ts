import { createCipheriv, createHash, randomBytes } from "node:crypto";
import { deriveKey } from "../services/derived-keys.ts";
import type { Sealed } from "../services/envelope.ts";

/** A value as the releases sealed it in which values had no key of their own. */
export function sealedBefore(secretKey: string, plain: string, aad: string): Sealed {
  const key = deriveKey(secretKey, "project secrets");
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(aad));
  const body = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
  const keyId = createHash("sha256").update(key).digest("hex").slice(0, 16);
  return { ciphertext: Buffer.concat([nonce, cipher.getAuthTag(), body]), keyId };
}
