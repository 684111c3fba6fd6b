import { setTimeout as delay } from "node:timers/promises";
import { drizzle, type PostgresJsDatabase, type PostgresJsTransaction } from "drizzle-orm/postgres-js";
import type { ExtractTablesWithRelations } from "drizzle-orm/relations";
import postgres from "postgres";
import { giveHints, hintsGiven, passHints } from "./commit-hints.ts";
import { limits } from "./domain/limits.ts";

type NoSchema = Record<string, never>;

export type Tx = PostgresJsTransaction<NoSchema, ExtractTablesWithRelations<NoSchema>>;

/** Where the database is and as whom: plain values, so that they can go to a thread. */
export type Address = {
  url: string;
  /** Taken on after connecting, where the URL signs in as the owner. */
  role: string | null;
  /** Behind a pooler that hands connections out by the transaction: no prepared statements, no LISTEN, no session locks. */
  isPooled: boolean;
};

/**
 * The connections of one process. `orm` is for verbs; `sql` for statements written by hand: Drizzle replaces the serializers
 * of the client it is given, so the two do not share one. `listen` holds a connection of its own.
 */
export type Db = {
  orm: PostgresJsDatabase<NoSchema>;
  sql: postgres.Sql;
  /** For who needs connections of his own. */
  address: Address;
  close(): Promise<void>;
};

export type DbOptions = {
  /** With `?pgbouncer=true` it is the address of a pooler in transaction mode, with `?host=/folder` that of a socket. */
  url: string;
  /** Connections of each of the two pools. */
  connectionsMax: number;
  /** Shown in pg_stat_activity. */
  name: string;
  /** Taken on after connecting, where the URL signs in as the owner. */
  role?: string | null;
  /** Somebody waits for each answer: better none than a late one. */
  isAsked?: boolean;
};

/** Opens lazily: the first query connects. Only `main.ts` files, `ops` and tests call this; everyone else is handed values. */
export function openDb({ url, connectionsMax, name, role = null, isAsked = false }: DbOptions): Db {
  const address = addressOf(url, role);
  const statementMs = isAsked ? limits.askedStatementMs : limits.statementMs;
  const silenceMs = isAsked ? limits.askedSilenceMs : limits.silenceMs;
  // A process that stands still in a transaction (stopped, or cut off) holds locks that others need to take over from it.
  const settings = {
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: limits.idleInTransactionMs,
  };
  const options = { name, connectionsMax, settings, queryMs: statementMs + silenceMs };
  const ormClient = connect(address, options);
  const sql = connect(address, options);
  return {
    orm: drizzle(forDrizzle(ormClient, sql)),
    sql,
    address,
    async close() {
      await Promise.race([hintsGiven(sql), delay(lastHintsMs, undefined, { ref: false })]);
      await Promise.all([ormClient.end({ timeout: 5 }), sql.end({ timeout: 5 })]);
    },
  };
}

/**
 * Drizzle asks for no prepared statements and has no setting for them; without, every statement with parameters takes two round
 * trips and is parsed each time. What `connect` was told about a pooler still holds.
 */
function preparing<S extends postgres.Sql | postgres.TransactionSql>(client: S): S {
  const { unsafe } = client;
  client.unsafe = (query, parameters, options) => unsafe(query, parameters, { ...options, prepare: true });
  return client;
}

/** Drizzle's client: it prepares, in transactions too, and once one is committed gives the hints of it on `hinting`. */
function forDrizzle(client: postgres.Sql, hinting: postgres.Sql): postgres.Sql {
  const begin = client.begin as Open;
  const opened: Open = async (...given) => {
    const [result, tx] = await opening(begin, given);
    giveHints(tx, hinting);
    return result;
  };
  return Object.assign(preparing(client), { begin: opened });
}

type Open = (...given: unknown[]) => Promise<unknown>;

/** `begin` or `savepoint`, with the settings and the work that it was given. */
async function opening(open: Open, given: unknown[]): Promise<[unknown, postgres.TransactionSql]> {
  const work = given.at(-1) as (tx: postgres.TransactionSql) => unknown;
  const opened = Promise.withResolvers<postgres.TransactionSql>();
  const result = await open(...given.slice(0, -1), (tx: postgres.TransactionSql) => {
    opened.resolve(tx);
    return work(withSavepoints(preparing(tx)));
  });
  return [result, await opened.promise];
}

function withSavepoints(tx: postgres.TransactionSql): postgres.TransactionSql {
  const savepoint = tx.savepoint as Open;
  const opened: Open = async (...given) => {
    const [result, inner] = await opening(savepoint, given);
    passHints(inner, tx);
    return result;
  };
  return Object.assign(tx, { savepoint: opened });
}

/** What a URL of ours says beside where the server is. */
export function addressOf(url: string, role: string | null = null): Address {
  const parsed = new URL(url);
  const isPooled = parsed.searchParams.get("pgbouncer") === "true";
  parsed.searchParams.delete("pgbouncer");
  return { url: isPooled ? parsed.href : url, role, isPooled };
}

export type ConnectOptions = {
  name: string;
  connectionsMax: number;
  /** Of the session. A pooler takes none: there they are to be set for the role in the database. */
  settings?: Record<string, string | number>;
  /** A connection that nobody uses for so long is closed; 0: never, by itself. */
  idleSeconds?: number;
  /**
   * From when a query is given up, in the pool or on its way: `QUERY_TIMEOUT`. One that has waited for a connection is not sent any
   * more; the connection of one that was sent is closed, and whether it was carried out nobody knows, as after any break.
   */
  queryMs?: number;
  /** A connection has ended, for whatever reason. */
  onClose?: () => void;
};

/** Connections for statements written by hand. Opens lazily, and again after a break. */
export function connect(address: Address, options: ConnectOptions): postgres.Sql {
  const { name, connectionsMax, settings = {}, idleSeconds = 60, onClose } = options;
  const { queryMs = limits.statementMs + limits.silenceMs } = options;
  const { role, isPooled } = address;
  const { url, folder } = socketOf(address.url);
  return postgres(url, {
    ...(folder === null ? {} : { host: folder }),
    max: connectionsMax,
    connect_timeout: connectS,
    backoff: reconnectS,
    query_timeout: queryMs,
    idle_timeout: idleSeconds,
    ...(idleSeconds === 0 ? { max_lifetime: null } : {}),
    prepare: !isPooled,
    onnotice: () => {},
    ...(onClose ? { onclose: onClose } : {}),
    connection: { application_name: name, ...(isPooled ? {} : settings), ...(role ? { role } : {}) },
  } as postgres.Options<Record<string, never>> & Patched);
}

/** What ops/patches adds to postgres.js. */
type Patched = { query_timeout: number };

const connectS = 5;
/** What is not said by then others find out by themselves. */
const lastHintsMs = 1_000;

/** The tries of all connections of a pool count together: without a small bound the first to come back is waited for for long. */
function reconnectS(failures: number): number {
  return (0.5 + Math.random() / 2) * Math.min(0.02 * 2 ** failures, 1);
}

/** `?host=/folder`, as libpq writes it: the server's socket in that folder, and the URL without it. */
function socketOf(url: string): { url: string; folder: string | null } {
  const parsed = new URL(url);
  const folder = parsed.searchParams.get("host");
  if (!folder?.startsWith("/")) return { url, folder: null };
  parsed.searchParams.delete("host");
  return { url: parsed.href, folder };
}

/**
 * The connection of a transaction, for statements written by hand: prepared, and one round trip where Drizzle's own way takes
 * two. Its JSON and times are not converted (see `Db`).
 */
export function sqlOf(tx: Tx): postgres.TransactionSql {
  // Drizzle keeps the client of postgres.js here without saying so in its types; the tests of `enqueue` hold it to that.
  return (tx as unknown as { session: { client: postgres.TransactionSql } }).session.client;
}
