import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "drizzle-orm";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { addMember, ctxOf, makeUser, makeWorld, type World } from "../testing/factories.ts";
import { type Ctx, setTenant } from "./context.ts";
import { getEgress, setEgress } from "./egress.ts";

let database: TestDatabase;
let world: World;
/** Administers the installation, and A. */
let root: Ctx;
/** Administers the installation alone. */
let outsider: Ctx;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  const { db } = database;
  const admin = await makeUser(db, { platformRole: "admin" });
  await addMember(db, world.a.id, admin.id, "admin");
  root = await ctxOf(db, admin);
  outsider = await ctxOf(db, await makeUser(db, { platformRole: "admin" }));
});
after(() => database.drop());

const one = "10.2.0.0/16:443";
const other = "10.3.0.0/16:443";

test("to allow something takes an administrator of the installation who administers the project as well", async () => {
  const { id } = world.project;
  const forbidden = { code: "forbidden", message: /"egress\.allow"/ };
  await assert.rejects(setEgress(world.as.alice, id, { allow: [one] }), forbidden);
  await assert.rejects(setEgress(outsider, id, { allow: [one] }), { code: "not-found" });
  assert.deepEqual(await getEgress(world.as.bob, id), { allow: [] });
  assert.deepEqual(await setEgress(root, id, { allow: [one, other] }), { allow: [one, other] });
  assert.deepEqual(await getEgress(world.as.bob, id), { allow: [one, other] });
});

test("to take something away takes who administers the project, and is no way to put it back", async () => {
  const { id } = world.project;
  await setEgress(root, id, { allow: [one, other] });
  await assert.rejects(setEgress(world.as.bob, id, { allow: [] }), { code: "forbidden" });
  await setEgress(world.as.alice, id, { allow: [other] });
  await assert.rejects(setEgress(world.as.alice, id, { allow: [one, other] }), { code: "forbidden" });
  assert.deepEqual(await getEgress(world.as.alice, id), { allow: [other] });
});

test("each change is in the audit log with the list before and after", async () => {
  const { id } = world.project;
  await setEgress(root, id, { allow: [one] });
  await setEgress(world.as.alice, id, { allow: [] });
  const [row] = await database.db.orm.transaction(async (tx) => {
    await setTenant(tx, [world.a.id], null);
    return tx.execute<Record<string, unknown>>(sql`select actor_id, entity_id, before, after from audit
      where action = 'project.egress' order by id desc limit 1`);
  });
  assert.deepEqual(
    { ...row },
    { actor_id: world.alice.id, entity_id: id, before: { allow: [one] }, after: { allow: [] } },
  );
});
