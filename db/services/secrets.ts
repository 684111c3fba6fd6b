import { and, asc, eq, inArray } from "drizzle-orm";
import type { z } from "zod";
import { AppError, messageOf, notFound } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import type { Secret, secretInputSchema } from "../domain/resources.ts";
import { secrets } from "../schema/identity.ts";
import { authorize, type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import type { SecretKeys } from "./envelope.ts";
import { loadOpenProject, loadProject } from "./projects.ts";
import { iso } from "./times.ts";

export type SecretInput = z.output<typeof secretInputSchema>;
const SECRETS_MAX = 500;

/** The names, never the values. A project has at most 500. */
export async function listSecrets(ctx: Ctx, projectId: string): Promise<Secret[]> {
  return transaction(ctx, async (ctx) => {
    const project = await loadProject(ctx, projectId, "project.read");
    const rows = await ctx.tx
      .select({ name: secrets.name, updatedAt: secrets.updatedAt, keyId: secrets.keyId })
      .from(secrets)
      .where(eq(secrets.projectId, project.id))
      .orderBy(asc(secrets.name))
      .limit(SECRETS_MAX);
    const keys = keysOf(ctx);
    return rows.map(({ name, updatedAt, keyId }) => ({
      name,
      updatedAt: iso(updatedAt),
      isReadable: keys.has(keyId),
    }));
  });
}

/** Sets or replaces a secret. @throws AppError `conflict` when the project has 500 others. */
export async function putSecret(ctx: Ctx, projectId: string, { name, value }: SecretInput): Promise<Secret> {
  return transaction(ctx, async (ctx) => {
    const project = await loadOpenProject(ctx, projectId, "secret.write");
    const place = { organizationId: project.organizationId, projectId: project.id, name };
    await refuseTooMany(ctx, project.id, name);
    const updatedAt = ctx.now();
    await store(ctx, place, value, updatedAt);
    await audit(ctx, "put", place);
    return { name, updatedAt: iso(updatedAt), isReadable: true };
  });
}

/** Each value is sealed for its row and version, so that the one before can't be put back. */
async function store({ tx, ...ctx }: TxCtx, place: Place, value: string, updatedAt: Date): Promise<void> {
  const first = { id: newId(), version: 1 };
  const made = await tx
    .insert(secrets)
    .values({ ...place, ...first, ...seal(ctx, { ...place, ...first }, value), updatedAt })
    .onConflictDoNothing()
    .returning({ name: secrets.name });
  if (made.length > 0) return;
  const isIt = and(eq(secrets.projectId, place.projectId), eq(secrets.name, place.name));
  const [row] = await tx
    .select({ id: secrets.id, version: secrets.version })
    .from(secrets)
    .where(isIt)
    .for("update");
  if (!row) throw new AppError("conflict", `the secret "${place.name}" was deleted just now; set it again`);
  const next = { id: row.id, version: row.version + 1 };
  await tx
    .update(secrets)
    .set({ ...next, ...seal(ctx, { ...place, ...next }, value), updatedAt })
    .where(isIt);
}

function seal(ctx: Pick<Ctx, "keys">, row: Row, value: string) {
  return keysOf(ctx).seal(value, aadOf(row));
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
      return [row.name, openRow(ctx, row)];
    }),
  );
}

type Place = { organizationId: string; projectId: string; name: string };
type Row = Place & { id: string; version: number };

/** What a secret is sealed for. */
export function aadOf({ organizationId, projectId, id, version }: Row): string {
  return `${organizationId}|${projectId}|${id}|${version}`;
}

/** What secrets were sealed for before each had a key of its own. */
export function aadBeforeOf({ organizationId, projectId, name }: Place): string {
  return `${organizationId}|${projectId}|${name}`;
}

/** @throws AppError `internal` that says which secret of the project can't be read */
function openRow(ctx: Ctx, row: typeof secrets.$inferSelect): string {
  try {
    return keysOf(ctx).open(row, aadOf(row), aadBeforeOf(row));
  } catch (error) {
    throw new AppError("internal", `the secret "${row.name}": ${messageOf(error)}`, { cause: error });
  }
}

function keysOf({ keys }: Pick<Ctx, "keys">): SecretKeys {
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
