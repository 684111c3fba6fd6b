import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { and, asc, eq, inArray } from "drizzle-orm";
import type { z } from "zod";
import { AppError, notFound } from "../domain/errors.ts";
import type { Secret, secretInputSchema } from "../domain/resources.ts";
import { secrets } from "../schema/identity.ts";
import { authorize, type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { deriveKey } from "./derived-keys.ts";
import { loadOpenProject, loadProject } from "./projects.ts";
import { iso } from "./times.ts";

export type SecretInput = z.output<typeof secretInputSchema>;
export type Sealed = { ciphertext: Uint8Array; keyId: string };

/** Seals with AES-256-GCM; `aad` binds a ciphertext to its place, so that it can't be moved to another. */
export type SecretKeys = {
  seal(plain: string, aad: string): Sealed;
  /** @throws AppError `internal` when it was sealed with another key, for another place, or was changed. */
  open(sealed: Sealed, aad: string): string;
};

const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SECRETS_MAX = 500;

/** The keys that are derived from the installation's `SECRET_KEY`. */
export function openKeys(secretKey: string): SecretKeys {
  const key = deriveKey(secretKey, "project secrets");
  const keyId = createHash("sha256").update(key).digest("hex").slice(0, 16);
  return {
    seal(plain, aad) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(aad));
      const body = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
      return { ciphertext: Buffer.concat([nonce, cipher.getAuthTag(), body]), keyId };
    },
    open({ ciphertext, keyId: sealedWith }, aad) {
      if (sealedWith !== keyId) throw unreadable("it was sealed with another SECRET_KEY");
      try {
        const bytes = Buffer.from(ciphertext);
        const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES))
          .setAAD(Buffer.from(aad))
          .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const body = bytes.subarray(NONCE_BYTES + TAG_BYTES);
        return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
      } catch (error) {
        throw unreadable("it was changed or belongs elsewhere", error);
      }
    },
  };
}

function unreadable(reason: string, cause?: unknown): AppError {
  return new AppError("internal", `a secret can't be read: ${reason}`, { cause });
}

/** The names, never the values. A project has at most 500. */
export async function listSecrets(ctx: Ctx, projectId: string): Promise<Secret[]> {
  return transaction(ctx, async (ctx) => {
    const project = await loadProject(ctx, projectId, "project.read");
    const rows = await ctx.tx
      .select({ name: secrets.name, updatedAt: secrets.updatedAt })
      .from(secrets)
      .where(eq(secrets.projectId, project.id))
      .orderBy(asc(secrets.name))
      .limit(SECRETS_MAX);
    return rows.map(({ name, updatedAt }) => ({ name, updatedAt: iso(updatedAt) }));
  });
}

/** Sets or replaces a secret. @throws AppError `conflict` when the project has 500 others. */
export async function putSecret(ctx: Ctx, projectId: string, { name, value }: SecretInput): Promise<Secret> {
  return transaction(ctx, async (ctx) => {
    const project = await loadOpenProject(ctx, projectId, "secret.write");
    const place = { organizationId: project.organizationId, projectId: project.id, name };
    await refuseTooMany(ctx, project.id, name);
    const sealed = { ...keysOf(ctx).seal(value, aadOf(place)), updatedAt: ctx.now() };
    await ctx.tx
      .insert(secrets)
      .values({ ...place, ...sealed })
      .onConflictDoUpdate({ target: [secrets.projectId, secrets.name], set: sealed });
    await audit(ctx, "put", place);
    return { name, updatedAt: iso(sealed.updatedAt) };
  });
}

async function refuseTooMany({ tx }: TxCtx, projectId: string, name: string): Promise<void> {
  const rows = await tx
    .select({ name: secrets.name })
    .from(secrets)
    .where(eq(secrets.projectId, projectId))
    .limit(SECRETS_MAX);
  if (rows.length < SECRETS_MAX || rows.some((row) => row.name === name)) return;
  throw new AppError("conflict", `a project holds at most ${SECRETS_MAX} secrets; delete one first`);
}

export async function deleteSecret(ctx: Ctx, projectId: string, name: string): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const project = await loadProject(ctx, projectId, "secret.write");
    const rows = await ctx.tx
      .delete(secrets)
      .where(and(eq(secrets.projectId, project.id), eq(secrets.name, name)))
      .returning({ name: secrets.name });
    if (rows.length === 0) throw notFound("secret");
    await audit(ctx, "delete", { organizationId: project.organizationId, projectId: project.id, name });
  });
}

/**
 * The values of those secrets that an attempt refers to; a name without a secret is left out. For workers alone: no person
 * reads a value back.
 */
export async function openSecrets(
  ctx: TxCtx,
  projectId: string,
  names: readonly string[],
): Promise<Record<string, string>> {
  if (ctx.actor.kind !== "system") throw new AppError("forbidden", "secrets are never read back");
  if (names.length === 0) return {};
  const rows = await ctx.tx
    .select()
    .from(secrets)
    .where(and(eq(secrets.projectId, projectId), inArray(secrets.name, [...names])));
  return Object.fromEntries(
    rows.map((row) => {
      authorize(ctx, row, "project.read", "project");
      return [row.name, keysOf(ctx).open(row, aadOf(row))];
    }),
  );
}

type Place = { organizationId: string; projectId: string; name: string };

function aadOf({ organizationId, projectId, name }: Place): string {
  return `${organizationId}|${projectId}|${name}`;
}

function keysOf({ keys }: Ctx): SecretKeys {
  if (!keys) throw new AppError("internal", "the context of this verb has no keys for secrets");
  return keys;
}

async function audit(ctx: TxCtx, verb: string, { organizationId, projectId, name }: Place): Promise<void> {
  await recordAudit(ctx, {
    action: `secret.${verb}`,
    entity: "secret",
    entityId: `${projectId}/${name}`,
    organizationId,
  });
}
