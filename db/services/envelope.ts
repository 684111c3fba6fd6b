import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import { deriveKey } from "./derived-keys.ts";

/** As a row holds it. `keyId` names the key that opens it. */
export type Sealed = { ciphertext: Uint8Array; keyId: string };

/**
 * Seals what the database may hold only encrypted: each value with a key of its own (AES-256-GCM), which is wrapped by the key of
 * the installation. `aad` says where a value belongs, so that it can't be moved to another place.
 */
export type SecretKeys = {
  /** The key that seals now. */
  readonly keyId: string;
  /** Whether the key of this name is here, so that what it sealed can be opened. */
  has(keyId: string): boolean;
  seal(plain: string, aad: string): Sealed;
  /**
   * @param aadBefore what values were bound to before they had a key each, when that was something else
   * @throws AppError `internal` when it was sealed with a key that is not here, for another place, or was changed.
   */
  open(sealed: Sealed, aad: string, aadBefore?: string): string;
  /**
   * The same value under the key that seals now; null when it is already. Only its key is wrapped anew: the value itself stays
   * encrypted. What has no key of its own yet gets one.
   * @throws AppError as `open`
   */
  renew(sealed: Sealed, aad: string, aadBefore?: string): Sealed | null;
};

const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const WRAPPED_BYTES = NONCE_BYTES + TAG_BYTES + KEY_BYTES;
/** Begins the name of a key that wraps keys. Before, values were sealed directly, and their keys had names without it. */
const WRAPS = "kek-";

/**
 * The keys that are derived from the installation's `SECRET_KEY`, which seals, and from others (`SECRET_KEYS_OTHER`), which only
 * open: those of before, and before a change the one that comes.
 */
export function openKeys(secretKey: string, others: readonly string[] = []): SecretKeys {
  const all = [secretKey, ...others];
  const wrapping = new Map(all.map((text) => named(WRAPS, deriveKey(text, "keys of secrets"))));
  const direct = new Map(all.map((text) => named("", deriveKey(text, "project secrets"))));
  const [first] = wrapping;
  if (!first) throw new Error("there is always one key");
  const [keyId, key] = first;

  const seal = (plain: string, aad: string): Sealed => {
    const own = randomBytes(KEY_BYTES);
    const body = encrypt(own, Buffer.from(plain, "utf8"), aad);
    return { ciphertext: Buffer.concat([encrypt(key, own, aad), body]), keyId };
  };
  /** The key of a value, and the value as it is encrypted with that key; null for one that was sealed directly. */
  const unwrap = (sealed: Sealed, aad: string): { own: Buffer; body: Buffer } | null => {
    const wrappedBy = wrapping.get(sealed.keyId);
    if (!wrappedBy) return null;
    const bytes = Buffer.from(sealed.ciphertext);
    const own = decrypt(wrappedBy, bytes.subarray(0, WRAPPED_BYTES), aad);
    return { own, body: bytes.subarray(WRAPPED_BYTES) };
  };
  const open = (sealed: Sealed, aad: string, aadBefore = aad): string => {
    const parts = unwrap(sealed, aad);
    if (parts) return decrypt(parts.own, parts.body, aad).toString("utf8");
    const sealedBy = direct.get(sealed.keyId);
    if (!sealedBy) throw noKey(sealed.keyId);
    return decrypt(sealedBy, Buffer.from(sealed.ciphertext), aadBefore).toString("utf8");
  };
  return {
    keyId,
    has: (keyId) => wrapping.has(keyId) || direct.has(keyId),
    seal,
    open,
    renew(sealed, aad, aadBefore) {
      if (sealed.keyId === keyId) return null;
      const parts = unwrap(sealed, aad);
      if (!parts) return seal(open(sealed, aad, aadBefore), aad);
      return { ciphertext: Buffer.concat([encrypt(key, parts.own, aad), parts.body]), keyId };
    },
  };
}

/** A key with its name, which tells nothing of it. */
function named(prefix: string, key: Buffer): [name: string, key: Buffer] {
  return [`${prefix}${createHash("sha256").update(key).digest("hex").slice(0, 16)}`, key];
}

/** Nonce, tag and ciphertext, in this order. */
function encrypt(key: Buffer, plain: Buffer, aad: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(aad));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

function decrypt(key: Buffer, bytes: Buffer, aad: string): Buffer {
  try {
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(aad))
      .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  } catch (error) {
    throw new AppError("internal", "a secret can't be read: it was changed or belongs elsewhere", {
      cause: error,
    });
  }
}

function noKey(keyId: string): AppError {
  return new AppError(
    "internal",
    `a secret can't be read: the key "${keyId}" that sealed it is neither SECRET_KEY nor one of SECRET_KEYS_OTHER`,
  );
}
