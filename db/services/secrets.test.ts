import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TransactionSql } from "postgres";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { makeProject, makeWorld, systemCtx, type World } from "../testing/factories.ts";
import { transaction } from "./context.ts";
import { openKeys } from "./envelope.ts";
import { deleteSecret, listSecrets, openSecrets, putSecret } from "./secrets.ts";

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

test("a value of before does not open in the place of the one that replaced it", async () => {
  const { as, project, a } = world;
  await putSecret(as.bob, project.id, { name: "ROLLED_BACK", value: "the first one" });
  const [old] = await inA((tx) => tx`select * from secret where name = 'ROLLED_BACK'`);
  await putSecret(as.bob, project.id, { name: "ROLLED_BACK", value: "the second one" });
  await inA((tx) => tx`update secret set ciphertext = ${old?.ciphertext} where name = 'ROLLED_BACK'`);
  await assert.rejects(
    open(a.id, project.id, ["ROLLED_BACK"]),
    /"ROLLED_BACK".*changed or belongs elsewhere/,
  );
});

test("of two who set one secret at once both succeed, and it opens", async () => {
  const { as, project, a } = world;
  const values = Array.from({ length: 8 }, (_, n) => `value number ${n}`);
  await Promise.all(values.map((value) => putSecret(as.bob, project.id, { name: "RACED", value })));
  const { RACED } = await open(a.id, project.id, ["RACED"]);
  assert.ok(values.includes(RACED ?? ""), RACED);
});

test("a secret whose key is missing is listed as such, says its name where it is needed, and can be set again", async () => {
  const { as, project, a } = world;
  const other = { ...as.bob, keys: openKeys("a key that is lost afterwards, 32 bytes") };
  await putSecret(other, project.id, { name: "LOST", value: "hush-hush" });
  await putSecret(as.bob, project.id, { name: "KEPT", value: "hush-hush" });
  const isReadable = async (name: string) =>
    (await listSecrets(as.bob, project.id)).find((secret) => secret.name === name)?.isReadable;
  assert.equal(await isReadable("LOST"), false);
  assert.equal(await isReadable("KEPT"), true);
  await assert.rejects(open(a.id, project.id, ["LOST"]), {
    code: "internal",
    message: /the secret "LOST": .*neither SECRET_KEY nor one of SECRET_KEYS_OTHER/,
  });
  assert.deepEqual(await open(a.id, project.id, ["KEPT"]), { KEPT: "hush-hush" });
  await putSecret(as.bob, project.id, { name: "LOST", value: "set again" });
  assert.deepEqual(await open(a.id, project.id, ["LOST"]), { LOST: "set again" });
});

/** What somebody could do who has the table in hand. */
function inA<T>(work: (tx: TransactionSql) => Promise<T>): Promise<T> {
  return database.db.sql.begin(async (tx) => {
    await tx`select set_config('app.organizations', ${`{${world.a.id}}`}, true)`;
    return work(tx);
  }) as Promise<T>;
}
