import type { Sql } from "postgres";

/** How many rows of the outbox have been read so far, those of this connection's own statements for certain. */
export async function rowsRead(sql: Sql): Promise<number> {
  const session = await sql.reserve();
  try {
    await session`select pg_stat_force_next_flush()`;
    const [row] = await session<{ rows: number }[]>`
      select (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int as rows from pg_stat_user_tables
      where relname = 'outbox'`;
    return row?.rows ?? 0;
  } finally {
    session.release();
  }
}
