import { z } from "zod";
import { addressOf, connect, type Db } from "../client.ts";

const CHANNEL = "verdict_live";
/** Of pictures of running pages, with the execution's id: apart from the other hints, which would make their readers look as often. */
export const VIEW_CHANNEL = "verdict_view";
/**
 * Of an account of which a sign-in has ended or the rights have changed, with its id. Of sign-ins and of roles in organizations
 * the database itself tells it (see tell_account), of projects `notifyAccess`.
 */
const ACCOUNT_CHANNEL = "verdict_account";

/** What has changed; ids only, since any session of the database can listen. A null execution: the run as a whole. */
export type LiveHint = { executionId: string | null; runId: string; projectId: string };

const hintSchema = z.object({ executionId: z.string().nullable(), runId: z.string(), projectId: z.string() });

/** Tells listeners that an execution has moved or has new events. See `notifyLive`. */
export function notifyExecution(
  db: Pick<Db, "sql">,
  executionId: string | null,
  runId: string,
  projectId: string,
): Promise<void> {
  return notifyLive(db, [{ executionId, runId, projectId }]);
}

/**
 * To be called after the commit: inside the transaction NOTIFY takes a lock that serialises all writers. Never throws: a
 * hint that is lost only makes a reader later, and never wrong.
 */
export async function notifyLive(db: Pick<Db, "sql">, hints: readonly LiveHint[]): Promise<void> {
  if (hints.length === 0) return;
  const payloads = hints.map((hint) => JSON.stringify(hint));
  await db.sql`select pg_notify(${CHANNEL}, payload) from unnest(${payloads}::text[]) as payload`.catch(
    () => undefined,
  );
}

export type LiveListener = {
  /** When everything is heard that is told from now on; also when it could not be listened the first time. */
  ready: Promise<void>;
  close(): Promise<void>;
};

/**
 * Tells listeners that the rights of these people in a project have changed, so that their open sockets are looked at now and not in a
 * while. To be called after the commit. Never throws.
 */
export async function notifyAccess(db: Pick<Db, "sql">, userIds: readonly string[]): Promise<void> {
  await db.sql`select pg_notify(${ACCOUNT_CHANNEL}, id) from unnest(${[...userIds]}::text[]) as id`.catch(
    () => undefined,
  );
}

/**
 * Listens for hints on a connection of its own, which is opened again whenever it breaks. `onLost` is called each time it
 * listens again after a break: hints in between are gone, so what is watched must be read anew.
 * Behind a pooler in transaction mode LISTEN does not last: there nothing is ever heard, and who watches has to look by
 * himself now and then.
 */
export function subscribeLive(
  url: string,
  onHint: (hint: LiveHint) => void,
  onLost: () => void,
  onView: (executionId: string) => void = () => undefined,
  onAccount: (userId: string) => void = () => undefined,
): LiveListener {
  const address = addressOf(url);
  if (address.isPooled) return { ready: Promise.resolve(), close: async () => undefined };
  const sql = connect(address, { name: "verdict-live", connectionsMax: 1 });
  let isFirst = true;
  const listening = sql.listen(
    CHANNEL,
    (payload) => {
      const hint = parseHint(payload);
      if (hint) onHint(hint);
    },
    () => {
      if (!isFirst) onLost();
      isFirst = false;
    },
  );
  const views = sql.listen(VIEW_CHANNEL, onView);
  views.catch(() => undefined);
  const accounts = sql.listen(ACCOUNT_CHANNEL, onAccount);
  accounts.catch(() => undefined);
  // The first try may fail like any later one: the client tries again by itself.
  listening.catch(() => undefined);
  return {
    ready: Promise.allSettled([listening, views, accounts]).then(() => undefined),
    async close() {
      await sql.end({ timeout: 1 });
    },
  };
}

/** Anyone who may connect may notify: what is not a hint is ignored. */
function parseHint(payload: string): LiveHint | null {
  try {
    return hintSchema.safeParse(JSON.parse(payload)).data ?? null;
  } catch {
    return null;
  }
}
