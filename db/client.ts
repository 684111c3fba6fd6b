import { drizzle, type PostgresJsDatabase, type PostgresJsTransaction } from "drizzle-orm/postgres-js";
import type { ExtractTablesWithRelations } from "drizzle-orm/relations";
import postgres from "postgres";

type NoSchema = Record<string, never>;

export type Tx = PostgresJsTransaction<NoSchema, ExtractTablesWithRelations<NoSchema>>;

/**
 * The connections of one process. `orm` is for verbs; `sql` for statements written by hand: Drizzle replaces the serializers
 * of the client it is given, so the two do not share one. `listen` holds a connection of its own.
 */
export type Db = {
  orm: PostgresJsDatabase<NoSchema>;
  sql: postgres.Sql;
  close(): Promise<void>;
};

export type DbOptions = {
  url: string;
  /** Connections of each of the two pools. */
  connectionsMax: number;
  /** Shown in pg_stat_activity. */
  name: string;
  /** Taken on after connecting, where the URL signs in as the owner. */
  role?: string | null;
};

/** Opens lazily: the first query connects. Only `main.ts` files, `ops` and tests call this; everyone else is handed values. */
export function openDb({ url, connectionsMax, name, role = null }: DbOptions): Db {
  const options = (): postgres.Options<Record<string, never>> => ({
    max: connectionsMax,
    connect_timeout: 10,
    idle_timeout: 60,
    onnotice: () => {},
    connection: { application_name: name, statement_timeout: 30_000, ...(role ? { role } : {}) },
  });
  const ormClient = postgres(url, options());
  const sql = postgres(url, options());
  return {
    orm: drizzle(ormClient),
    sql,
    async close() {
      await Promise.all([ormClient.end({ timeout: 5 }), sql.end({ timeout: 5 })]);
    },
  };
}
