import type { Sql, TransactionSql } from "postgres";

/**
 * What is to be said once a transaction has been committed, and not at all when it is not. It is said on another connection and
 * who committed does not wait for it: only for what others would find out later by themselves. Never throws.
 */
type Hint = (sql: Sql) => Promise<void>;

const hintsOf = new WeakMap<TransactionSql, Map<string, Hint>>();
const underway = new WeakMap<Sql, Set<Promise<void>>>();

/** @param name of several hints of one name in a transaction, one is given. */
export function onCommit(tx: TransactionSql, name: string, hint: Hint): void {
  const hints = hintsOf.get(tx) ?? new Map<string, Hint>();
  hintsOf.set(tx, hints.set(name, hint));
}

/** To be called when a savepoint was released: its hints wait for the transaction around it. */
export function passHints(savepoint: TransactionSql, outer: TransactionSql): void {
  for (const [name, hint] of hintsOf.get(savepoint) ?? []) onCommit(outer, name, hint);
}

/** To be called when the transaction has been committed. */
export function giveHints(tx: TransactionSql, sql: Sql): void {
  const hints = hintsOf.get(tx);
  if (!hints) return;
  const given = underway.get(sql) ?? new Set<Promise<void>>();
  underway.set(sql, given);
  for (const hint of hints.values()) {
    const said = hint(sql);
    given.add(said);
    void said.then(() => given.delete(said));
  }
}

/** Waits for those that are being given on these connections. */
export async function hintsGiven(sql: Sql): Promise<void> {
  await Promise.all(underway.get(sql) ?? []);
}
