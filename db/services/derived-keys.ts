import { createHash, hkdfSync } from "node:crypto";

/** One secret of the installation, a key of its own for each purpose: none of them tells of another. 32 bytes. */
export function deriveKey(secretKey: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secretKey, "", `verdict ${purpose}`, 32));
}

/** What is kept of a bearer token: whoever reads the database can't use it. Tokens are random, so no salt is needed. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
