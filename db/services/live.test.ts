import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { type LiveHint, notifyExecution, notifyLive, subscribeLive } from "./live.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.drop());

/** Until the condition holds, at most ten seconds. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await condition()) return;
    await wait(25);
  }
  throw new Error("it did not happen within ten seconds");
}

function subscribe(url: string) {
  const hints: LiveHint[] = [];
  const seen = { hints, lost: 0 };
  const subscription = subscribeLive(
    url,
    (hint) => hints.push(hint),
    () => {
      seen.lost++;
    },
  );
  return { seen, close: subscription.close };
}

/** Says something until it is heard: listening begins at some moment. */
async function heard(seen: { hints: LiveHint[] }, runId: string): Promise<void> {
  await until(async () => {
    await notifyExecution(database.db, null, runId, "p");
    return seen.hints.some((hint) => hint.runId === runId);
  });
}

test("a listener hears what has changed, and nothing that is not a hint", async () => {
  const { seen, close } = subscribe(database.url);
  try {
    await heard(seen, "first");
    await database.db.sql`select pg_notify('verdict_live', 'not json'), pg_notify('verdict_live', '{"a":1}')`;
    const hints = [
      { executionId: "e1", runId: "r", projectId: "p" },
      { executionId: null, runId: "r", projectId: "p" },
    ];
    await notifyLive(database.db, hints);
    const ofRun = () => seen.hints.filter(({ runId }) => runId === "r");
    await until(() => ofRun().length >= 2);
    assert.deepEqual(ofRun(), hints);
    assert.equal(seen.lost, 0);
  } finally {
    await close();
  }
});

test("a listener whose connection breaks listens again and is told to look anew", async () => {
  const { seen, close } = subscribe(database.url);
  try {
    await heard(seen, "before");
    const owner = (await import("postgres")).default(process.env.VERDICT_TEST_PG_OWNER_URL ?? "", { max: 1 });
    const name = new URL(database.url).pathname.slice(1);
    await owner`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = ${name} and application_name = 'verdict-live'`;
    await owner.end();
    await until(() => seen.lost === 1);
    await heard(seen, "after");
  } finally {
    await close();
  }
});

test("a listener survives a server that is gone for a while, from the start as well", async () => {
  const proxy = await openProxy(new URL(database.url));
  proxy.refuse();
  const { seen, close } = subscribe(proxy.url);
  try {
    await until(() => proxy.refused() >= 2);
    proxy.serve();
    await heard(seen, "first");
    assert.equal(seen.lost, 0);
    proxy.refuse();
    await until(() => proxy.refused() >= 4);
    proxy.serve();
    await heard(seen, "second");
    assert.equal(seen.lost, 1);
  } finally {
    await close();
    await proxy.close();
  }
});

/** Stands between a client and the server, and can hang up on everyone. */
async function openProxy(target: URL) {
  const sockets = new Set<Socket>();
  let isServing = true;
  let refused = 0;
  const proxy = createServer((client) => {
    client.on("error", () => client.destroy());
    if (!isServing) {
      refused++;
      client.destroy();
      return;
    }
    const server = connect(Number(target.port), target.hostname);
    server.on("error", () => server.destroy());
    sockets.add(client).add(server);
    client.pipe(server).pipe(client);
  });
  const hangUp = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const url = new URL(target);
  url.hostname = "127.0.0.1";
  url.port = String((proxy.address() as AddressInfo).port);
  return {
    url: url.href,
    refused: () => refused,
    serve() {
      isServing = true;
    },
    refuse() {
      isServing = false;
      hangUp();
    },
    async close() {
      hangUp();
      await new Promise<void>((resolve) => proxy.close(() => resolve()));
    },
  };
}
