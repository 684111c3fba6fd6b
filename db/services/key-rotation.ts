import { type SQL, sql } from "drizzle-orm";
import { messageOf } from "../domain/errors.ts";
import { type Ctx, inTenant, recordAudit, type TxCtx } from "./context.ts";
import type { SecretKeys } from "./envelope.ts";
import { mailAad } from "./mail.ts";
import { organizationsOf } from "./retention.ts";
import { aadBeforeOf, aadOf } from "./secrets.ts";
import { twoFactorAad } from "./two-factor.ts";

/**
 * What is sealed, taken over by the key that seals now. In small batches, each a transaction of its own: whatever ends it, the next
 * call goes on with what is left. Who reads or writes meanwhile, with whichever of the keys, is not disturbed.
 */

/** A row that can't be opened, and why. */
export type Unreadable = { what: string; why: string };
export type Batch = { renewed: number; unreadable: Unreadable[] };
/** How many values of one kind a key has sealed. */
export type KeyUse = { what: string; keyId: string; count: number; isHere: boolean };

type Row = { id: string; sealed: Uint8Array; keyId: string } & Record<string, unknown>;
type Store = {
  what: string;
  table: string;
  id: string;
  sealed: string;
  more: SQL;
  aads(row: Row): [aad: string, before?: string];
  nameOf(row: Row): string;
};
type Place = { organizationId: string; projectId: string; name: string; id: string; version: number };

const secretStore: Store = {
  what: "secrets of projects",
  table: "secret",
  id: "id",
  sealed: "ciphertext",
  more: sql`, organization_id as "organizationId", project_id as "projectId", name, version`,
  aads: (row) => [aadOf(row as unknown as Place), aadBeforeOf(row as unknown as Place)],
  nameOf: ({ name, projectId }) => `secret "${name}" of the project ${projectId}`,
};
const installationStores: readonly Store[] = [
  {
    what: "mail that waits",
    table: "mail",
    id: "id",
    sealed: "sealed",
    more: sql``,
    aads: ({ id }) => [mailAad(id)],
    nameOf: ({ id }) => `mail ${id}`,
  },
  {
    what: "one-time codes",
    table: "two_factor",
    id: "user_id",
    sealed: "sealed",
    more: sql``,
    aads: ({ id }) => [twoFactorAad(id)],
    nameOf: ({ id }) => `one-time codes of the account ${id}`,
  },
];

const noId = "00000000-0000-0000-0000-000000000000";

/**
 * Takes over all that another key has sealed.
 * @param ctx of the installation itself
 * @param batchRows rows in one transaction
 * @returns batch by batch, each when it is committed
 */
export async function* renewAll(ctx: Ctx, batchRows: number): AsyncGenerator<Batch> {
  for (const store of installationStores) yield* renewStore(ctx, store, null, batchRows);
  for await (const organizationId of organizationsOf(ctx)) {
    yield* renewStore(ctx, secretStore, organizationId, batchRows);
  }
}

/** Which key has sealed how much. @param ctx of the installation itself */
export async function keysInUse(ctx: Ctx): Promise<KeyUse[]> {
  const uses = new Map<string, KeyUse>();
  const add = async (store: Store, organizationId: string | null) => {
    for (const { keyId, count } of await countsOf(ctx, store, organizationId)) {
      const key = `${store.what}|${keyId}`;
      const known = uses.get(key) ?? { what: store.what, keyId, count: 0, isHere: keysOf(ctx).has(keyId) };
      uses.set(key, { ...known, count: known.count + count });
    }
  };
  for (const store of installationStores) await add(store, null);
  for await (const organizationId of organizationsOf(ctx)) await add(secretStore, organizationId);
  return [...uses.values()];
}

async function* renewStore(
  ctx: Ctx,
  store: Store,
  organizationId: string | null,
  batchRows: number,
): AsyncGenerator<Batch> {
  // Goes by id, so that what can't be opened is met once.
  for (let after = noId; ; ) {
    const { last, seen, ...batch } = await inTenant(ctx, organizationId, (ctx) =>
      renewBatch(ctx, store, organizationId, { after, batchRows }),
    );
    if (seen > 0) yield batch;
    if (seen < batchRows) return;
    after = last;
  }
}

async function renewBatch(
  ctx: TxCtx,
  store: Store,
  organizationId: string | null,
  { after, batchRows }: { after: string; batchRows: number },
): Promise<Batch & { last: string; seen: number }> {
  const { table, id, sealed, more } = store;
  const rows = await ctx.tx.execute<Row>(sql`
    select ${sql.identifier(id)} as id, ${sql.identifier(sealed)} as sealed, key_id as "keyId" ${more}
    from ${sql.identifier(table)}
    where key_id <> ${keysOf(ctx).keyId} and ${sql.identifier(id)} > ${after}::uuid and ${within(organizationId)}
    order by ${sql.identifier(id)} limit ${batchRows} for update`);
  const batch: Batch = { renewed: 0, unreadable: [] };
  for (const row of rows) {
    const renewed = renewRow(ctx, store, row);
    if ("why" in renewed) {
      batch.unreadable.push(renewed);
      continue;
    }
    await ctx.tx.execute(sql`
      update ${sql.identifier(table)} set ${sql.identifier(sealed)} = ${renewed.ciphertext}, key_id = ${renewed.keyId}
      where ${sql.identifier(id)} = ${row.id} and ${within(organizationId)}`);
    batch.renewed++;
  }
  if (batch.renewed > 0) await audit(ctx, store, organizationId, batch.renewed);
  return { ...batch, last: rows.at(-1)?.id ?? after, seen: rows.length };
}

function renewRow(ctx: Ctx, store: Store, row: Row): { ciphertext: Uint8Array; keyId: string } | Unreadable {
  try {
    const [aad, before] = store.aads(row);
    const sealed = { ciphertext: row.sealed, keyId: row.keyId };
    return keysOf(ctx).renew(sealed, aad, before) ?? sealed;
  } catch (error) {
    return { what: store.nameOf(row), why: messageOf(error) };
  }
}

async function countsOf(
  ctx: Ctx,
  { table }: Store,
  organizationId: string | null,
): Promise<readonly { keyId: string; count: number }[]> {
  return inTenant(ctx, organizationId, ({ tx }) =>
    tx.execute<{ keyId: string; count: number }>(sql`
      select key_id as "keyId", count(*)::int as count from ${sql.identifier(table)}
      where key_id is not null and ${within(organizationId)} group by key_id order by key_id`),
  );
}

/** Row-level security says the same; this lets it use an index. */
function within(organizationId: string | null): SQL {
  return organizationId === null ? sql`true` : sql`organization_id = ${organizationId}::uuid`;
}

function audit(ctx: TxCtx, { table, what }: Store, organizationId: string | null, count: number) {
  const after = { what, count, keyId: keysOf(ctx).keyId };
  return recordAudit(ctx, { action: "key.renew", entity: table, entityId: null, organizationId, after });
}

function keysOf({ keys }: Ctx): SecretKeys {
  if (!keys) throw new Error("the context of a change of keys has no keys");
  return keys;
}
