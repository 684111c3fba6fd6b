import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { applicationAddress, refuseFreeRole } from "./application-role.ts";
import { openDb } from "./client.ts";
import { migrate } from "./migrate.ts";
import { type TestDatabase, testDatabase } from "./testing/database.ts";

let database: TestDatabase;
let superuserUrl: string;
before(async () => {
  database = await testDatabase();
  const url = new URL(process.env.VERDICT_TEST_PG_OWNER_URL ?? "");
  url.pathname = new URL(database.url).pathname;
  superuserUrl = url.href;
});
after(() => database.drop());

test("a role that row-level security holds is taken as it is", async () => {
  assert.deepEqual(await applicationAddress(database.url), { url: database.url, role: "verdict_app" });
  await refuseFreeRole(database.db.sql);
});

test("a superuser's connections go on as a role that row-level security holds", async () => {
  await assert.rejects(async () => {
    const free = openDb({ url: superuserUrl, connectionsMax: 1, name: "free" });
    await refuseFreeRole(free.sql).finally(() => free.close());
  }, /signs in as "postgres".*append \?role=verdict_app/);
  const { url, role } = await applicationAddress(superuserUrl);
  assert.equal(role, "verdict_app");
  await migrate(superuserUrl, role);
  const db = openDb({ url, connectionsMax: 1, name: "held" });
  try {
    await refuseFreeRole(db.sql);
    const [name] = await db.orm.execute("select current_user::text as role, session_user::text as session");
    assert.deepEqual({ ...name }, { role: "verdict_app", session: "postgres" });
    await assert.rejects(
      db.sql`insert into project (id, organization_id, name, slug) values
      (gen_random_uuid(), gen_random_uuid(), 'x', 'x')`,
      /row-level security/,
    );
  } finally {
    await db.close();
  }
});
