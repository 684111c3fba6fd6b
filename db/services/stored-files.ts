import { sql } from "drizzle-orm";
import type { TxCtx } from "./context.ts";

/**
 * Whether any row names a file in the store, so that it has to stay: a file of an execution, or a picture that somebody approved.
 * Asked in the transaction that has deleted the row of whoever wants the file away. A new table that names files belongs here.
 */
export async function isFileNamed(ctx: TxCtx, storageKey: string): Promise<boolean> {
  const [row] = await ctx.tx.execute<{ named: boolean }>(sql`
    select exists (select from artifact where storage_key = ${storageKey})
      or exists (select from baseline where storage_key = ${storageKey}) as named`);
  return row?.named ?? true;
}
