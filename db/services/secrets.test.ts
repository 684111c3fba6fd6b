import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { makeProject, makeWorld, systemCtx, testKeys, type World } from "../testing/factories.ts";
import { transaction } from "./context.ts";
import { deleteSecret, listSecrets, openKeys, openSecrets, putSecret } from "./secrets.ts";

let database: TestDatabase;
let world: World;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
});
after(() => database.drop());

const open = (organizationId: string, projectId: string, names: string[]) =>
  transaction(systemCtx(database.db, organizationId), (ctx) => openSecrets(ctx, projectId, names));

test("a secret is listed by name, read by a worker, and by nobody else", async () => {
  const { as, project, a } = world;
  const put = await putSecret(as.bob, project.id, { name: "TOKEN", value: "hush-hush" });
  await putSecret(as.bob, project.id, { name: "OTHER", value: "more of it" });
  assert.deepEqual(
    (await listSecrets(as.alice, project.id)).find(({ name }) => name === "TOKEN"),
    put,
  );
  assert.deepEqual(await open(a.id, project.id, ["TOKEN", "MISSING"]), { TOKEN: "hush-hush" });
  await assert.rejects(
    transaction(as.alice, (ctx) => openSecrets(ctx, project.id, ["TOKEN"])),
    { code: "forbidden" },
  );
  assert.deepEqual(await open(world.b.id, project.id, ["TOKEN"]), {});
});

test("setting a secret again replaces it, deleting it twice is not found", async () => {
  const { as, project, a } = world;
  await putSecret(as.bob, project.id, { name: "AGAIN", value: "first" });
  await putSecret(as.bob, project.id, { name: "AGAIN", value: "second" });
  assert.deepEqual(await open(a.id, project.id, ["AGAIN"]), { AGAIN: "second" });
  await deleteSecret(as.bob, project.id, "AGAIN");
  await assert.rejects(deleteSecret(as.bob, project.id, "AGAIN"), { code: "not-found" });
});

test("neither the table of secrets nor the audit holds a value in the clear", async () => {
  const { as, project, a } = world;
  await putSecret(as.bob, project.id, { name: "CLEAR", value: "in-the-clear" });
  const rows = await database.db.sql.begin(async (tx) => {
    await tx`select set_config('app.organizations', ${`{${a.id}}`}, true)`;
    return tx`select (select string_agg(encode(ciphertext, 'escape'), '') from secret) as secrets,
      (select string_agg(audit::text, '') from audit) as audit`;
  });
  const text = JSON.stringify(rows);
  assert.ok(text.includes("secret.put"));
  assert.ok(!text.includes("in-the-clear"));
});

test("a ciphertext opens only in its own place, unchanged, with the key that sealed it", async () => {
  const sealed = testKeys.seal("hush", "org|project|A");
  assert.equal(testKeys.open(sealed, "org|project|A"), "hush");
  assert.notDeepEqual(testKeys.seal("hush", "org|project|A").ciphertext, sealed.ciphertext);
  assert.throws(() => testKeys.open(sealed, "org|project|B"), /changed or belongs elsewhere/);
  const bytes = Uint8Array.from(sealed.ciphertext);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  assert.throws(() => testKeys.open({ ...sealed, ciphertext: bytes }, "org|project|A"), /changed/);
  assert.throws(() => openKeys("another").open(sealed, "org|project|A"), /another SECRET_KEY/);
});

test("a row that was moved to another project does not open there", async () => {
  const { as, project, a } = world;
  const other = await makeProject(as.alice, a.id);
  await putSecret(as.bob, project.id, { name: "MOVED", value: "hush-hush" });
  await database.db.sql.begin(async (tx) => {
    await tx`select set_config('app.organizations', ${`{${a.id}}`}, true)`;
    await tx`update secret set project_id = ${other.id} where name = 'MOVED'`;
  });
  await assert.rejects(open(a.id, other.id, ["MOVED"]), { code: "internal" });
});
