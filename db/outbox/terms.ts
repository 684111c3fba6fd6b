import type { Sql } from "postgres";

/** What a worker's code can do. */
export type Terms = {
  /** The newest migration that it knows. */
  schema: string;
  /** How it deals with the rows of the outbox, where the schema does not say it. */
  protocol: number;
};

/** Of this code. A change that older workers can't live with raises it, and a migration says from when on it is asked for. */
export const PROTOCOL = 1;

/**
 * Why a worker of these terms must not claim from this database, in one sentence; null when it may. An older one may as long
 * as the database does not ask for more: that is what rolling deploys need. A newer one waits until the database has been
 * migrated.
 */
export async function findSkew(sql: Sql, own: Terms): Promise<string | null> {
  const [row] = await sql<TermsRow[]>`
    select newest, has_ours, terms.* from (select max(name) as newest, bool_or(name = ${own.schema}) as has_ours
      from schema_migration) as journal left join worker_terms as terms on true`.catch(withoutTerms);
  const newest = row?.newest ?? "nothing";
  if (!row?.has_ours || row.schema_min === null) {
    return `this worker knows ${own.schema}, the database has been migrated to ${newest}: migrate it first`;
  }
  if (own.schema < row.schema_min) {
    return `this worker knows the database up to ${own.schema}, which asks for ${row.schema_min} or newer: replace the worker`;
  }
  if (own.protocol < row.protocol_min || own.protocol > row.protocol_max) {
    const range = `${row.protocol_min} to ${row.protocol_max}`;
    return `this worker speaks protocol ${own.protocol}, the database asks for ${range}: replace the older of the two`;
  }
  return null;
}

type TermsRow = {
  newest: string | null;
  has_ours: boolean | null;
  schema_min: string | null;
  protocol_min: number;
  protocol_max: number;
};

/** A database from before there were terms is an old one; what else is wrong is the caller's to hear of. */
function withoutTerms(error: unknown): TermsRow[] {
  if ((error as { code?: unknown }).code === "42P01") return [];
  throw error;
}
