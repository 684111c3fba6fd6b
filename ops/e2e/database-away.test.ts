import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { newId } from "../../db/domain/ids.ts";
import { type DatabaseServer, startDatabaseServer } from "../faults/database-server.ts";
import { until } from "../faults/patience.ts";
import { startSystem, type TestSystem } from "../testing/system.ts";

const backMsMax = 120_000;
/** More than there are connections. */
const requests = 40;

let home: string;
let server: DatabaseServer;
let system: TestSystem;
let authorization: string;
before(async () => {
  home = mkdtempSync(join(tmpdir(), "verdict-away-"));
  // The system user of PostgreSQL must get through it.
  chmodSync(home, 0o755);
  server = await startDatabaseServer(home);
  process.env.VERDICT_TEST_PG_OWNER_URL = server.superuserUrl;
  system = await startSystem();
  const { email, password } = system;
  const answer = await send("POST", "/api/v1/auth/login", { body: { email, password } });
  authorization = `Bearer ${(JSON.parse(answer.text) as { accessToken: string }).accessToken}`;
});
after(async () => {
  await system?.stop();
  await server?.stop();
  rmSync(home, { recursive: true, force: true });
});

type Sent = { body?: object; key?: string };

/** With a bound of the client's far above that of the server: whoever hangs fails the test. */
async function send(method: string, path: string, { body, key }: Sent = {}) {
  const response = await fetch(`${system.origin}${path}`, {
    method,
    headers: {
      ...(authorization ? { authorization } : {}),
      ...(body ? { "content-type": "application/json" } : {}),
      ...(key ? { "idempotency-key": key } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(60_000),
  });
  return {
    status: response.status,
    retryAfter: response.headers.get("retry-after"),
    text: await response.text(),
  };
}

const isBack = () =>
  until("the API is ready again", backMsMax, async () => (await send("GET", "/health/ready")).status === 200);

const organizationsCalled = async (name: string): Promise<number> => {
  const { text } = await send("GET", "/api/v1/organizations?limit=200");
  return (JSON.parse(text) as { items: { name: string }[] }).items.filter((each) => each.name === name)
    .length;
};

/** Lists, pages and changes at once, each answered while the database is as it is. @returns the keys of the changes */
async function allRefused(name: string): Promise<string> {
  const key = newId();
  const answers = await Promise.all(
    Array.from({ length: requests }, (_, number) =>
      number % 4 === 0
        ? send("POST", "/api/v1/organizations", { body: { name }, key: number === 0 ? key : newId() })
        : send("GET", number % 4 === 1 ? "/api/v1/runs?limit=1" : "/api/v1/organizations"),
    ),
  );
  for (const { status, retryAfter, text } of answers) {
    assert.deepEqual([status, Number(retryAfter) > 0], [503, true], text);
  }
  assert.equal((await send("GET", "/health/ready")).status, 503);
  assert.equal((await send("GET", "/health/live")).status, 200);
  return key;
}

describe("while PostgreSQL", () => {
  it("stands still every request is answered 503 by itself, nothing of it is done later, and all serve again", async () => {
    const name = newId();
    server.freeze();
    let key: string;
    try {
      key = await allRefused(name);
    } finally {
      server.thaw();
    }
    await isBack();
    assert.equal(await organizationsCalled(name), 0);
    const body = { name };
    assert.equal((await send("POST", "/api/v1/organizations", { body, key })).status, 201);
    assert.equal(await organizationsCalled(name), 1);
  });

  it("is stopped every request is answered 503, and the first ones after it is back are served", async () => {
    await server.stop();
    const name = newId();
    const key = await allRefused(name);
    await server.start();
    await isBack();
    const answers = await Promise.all(
      Array.from({ length: requests }, () => send("GET", "/api/v1/runs?limit=1")),
    );
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal((await send("POST", "/api/v1/organizations", { body: { name }, key })).status, 201);
    assert.equal(await organizationsCalled(name), 1);
  });
});
