import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openDb, sqlOf, type Tx } from "./client.ts";
import { hintsGiven, onCommit } from "./commit-hints.ts";
import { type TestDatabase, testDatabase } from "./testing/database.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.drop());

/** What was said when `work` had ended, well or badly. */
async function saidAfter(
  work: (tx: Tx, say: (tx: Tx, word: string) => void) => Promise<unknown>,
): Promise<string[]> {
  const said: string[] = [];
  const say = (tx: Tx, word: string) =>
    onCommit(sqlOf(tx), word, async () => {
      said.push(word);
    });
  await database.db.orm
    .transaction(async (tx) => {
      await work(tx, say);
      assert.deepEqual(said, [], "nothing is said before the commit");
    })
    .catch((error: Error) => assert.equal(error.message, "given up"));
  await hintsGiven(database.db.sql);
  return said;
}

const giveUp = (): Promise<never> => Promise.reject(new Error("given up"));

test("a hint is given once when its transaction was committed, and not when it was not", async () => {
  const given = await saidAfter(async (tx, say) => {
    for (const word of ["a", "b", "a"]) say(tx, word);
  });
  assert.deepEqual(given, ["a", "b"]);
  const said = await saidAfter(async (tx, say) => {
    say(tx, "a");
    await giveUp();
  });
  assert.deepEqual(said, []);
});

test("the hints of a part wait for the whole, and go with a part that was given up", async () => {
  const said = await saidAfter(async (tx, say) => {
    await tx.transaction(async (part) => {
      say(part, "kept");
      await part.transaction(async (inner) => say(inner, "kept inside"));
    });
    await tx
      .transaction(async (part) => {
        say(part, "lost");
        await giveUp();
      })
      .catch(() => undefined);
  });
  assert.deepEqual(said.sort(), ["kept", "kept inside"]);
});

test("who closes the database has said what was to be said, and does not wait for long", async () => {
  const db = openDb({
    url: database.db.address.url,
    role: database.db.address.role,
    connectionsMax: 1,
    name: "closing",
  });
  let said = "";
  const hint = async () => {
    await db.sql`select pg_sleep(0.05)`;
    said = "all";
  };
  await db.orm.transaction(async (tx) => onCommit(sqlOf(tx), "slow", hint));
  await db.close();
  assert.equal(said, "all");
  const other = openDb({
    url: database.db.address.url,
    role: database.db.address.role,
    connectionsMax: 1,
    name: "closing",
  });
  await other.orm.transaction(async (tx) => onCommit(sqlOf(tx), "endless", () => new Promise(() => {})));
  await other.close();
});
