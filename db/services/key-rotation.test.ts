import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "drizzle-orm";
import type { Tx } from "../client.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { ctxOf, makeWorld, systemCtx, type World } from "../testing/factories.ts";
import { sealedBefore } from "../testing/sealed-before.ts";
import { setTenant, transaction } from "./context.ts";
import { hashToken } from "./derived-keys.ts";
import { openKeys, type SecretKeys } from "./envelope.ts";
import { type Batch, keysInUse, renewAll } from "./key-rotation.ts";
import { mailToSend, queueMail } from "./mail.ts";
import { openSecrets, putSecret } from "./secrets.ts";
import { pendingTwoFactor, setUpTwoFactor, takeCode, twoFactorAad } from "./two-factor.ts";

const oldKey = "the key of before, with 32 characters or more";
const newKey = "the key of now, with 32 characters or more too";
const ring = openKeys(newKey, [oldKey]);

let database: TestDatabase;
let world: World;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
});
after(() => database.drop());

const installation = (keys: SecretKeys) => systemCtx(database.db, null, { keys });

async function renewed(keys: SecretKeys, batchRows = 2): Promise<Batch> {
  const all: Batch = { renewed: 0, unreadable: [] };
  for await (const batch of renewAll(installation(keys), batchRows)) {
    assert.ok(batch.renewed + batch.unreadable.length <= batchRows);
    all.renewed += batch.renewed;
    all.unreadable.push(...batch.unreadable);
  }
  return all;
}

const asTenant = <T>(organizationId: string, work: (tx: Tx) => Promise<T>): Promise<T> =>
  database.db.orm.transaction(async (tx) => {
    await setTenant(tx, [organizationId], null);
    return work(tx);
  });

const read = (keys: SecretKeys, organizationId: string, projectId: string, name: string) =>
  transaction(systemCtx(database.db, organizationId, { keys }), (ctx) => openSecrets(ctx, projectId, [name]));

test("everything that is sealed is taken over, of all organizations, and a second time nothing is to do", async () => {
  const { as, project, foreign, a, b, alice } = world;
  const keys = openKeys(oldKey);
  for (let n = 0; n < 5; n++) {
    await putSecret({ ...as.bob, keys }, project.id, { name: `S${n}`, value: `value ${n}` });
  }
  await putSecret({ ...as.charlie, keys }, foreign.id, { name: "THEIRS", value: "of another" });
  // As a release before left one: sealed for its name, without a key of its own.
  const { ciphertext, keyId } = sealedBefore(oldKey, "from before", `${a.id}|${project.id}|ANCIENT`);
  await asTenant(a.id, (tx) =>
    tx.execute(sql`insert into secret (project_id, organization_id, name, ciphertext, key_id)
      values (${project.id}, ${a.id}, 'ANCIENT', ${ciphertext}, ${keyId})`),
  );
  const session = await ctxOf(database.db, alice, {
    keys,
    signIn: { kind: "session", id: await sessionOf(alice.id) },
  });
  const { secret } = await setUpTwoFactor(session);
  const at = new Date().toISOString();
  await transaction(installation(keys), (ctx) =>
    queueMail(ctx, "somebody@example.com", { template: "token-reused", at }),
  );
  const [mail] = await database.db.orm.execute<{ id: string }>(sql`select id from mail`);
  assert.ok(mail);

  // Read before anything was renewed, as by an instance that already has the new key.
  assert.deepEqual(await read(ring, a.id, project.id, "ANCIENT"), { ANCIENT: "from before" });
  assert.deepEqual(await renewed(ring), { renewed: 9, unreadable: [] });
  assert.deepEqual(await renewed(ring), { renewed: 0, unreadable: [] });

  const only = openKeys(newKey);
  assert.deepEqual(await read(only, a.id, project.id, "S3"), { S3: "value 3" });
  assert.deepEqual(await read(only, a.id, project.id, "ANCIENT"), { ANCIENT: "from before" });
  assert.deepEqual(await read(only, b.id, foreign.id, "THEIRS"), { THEIRS: "of another" });
  assert.equal((await pendingTwoFactor({ ...session, keys: only }))?.secret, secret);
  assert.equal((await mailToSend(installation(only), mail.id))?.content.template, "token-reused");
  // And whoever still runs with both, the old one first.
  assert.deepEqual(await read(openKeys(oldKey, [newKey]), a.id, project.id, "S0"), { S0: "value 0" });

  const uses = await keysInUse(installation(only));
  assert.deepEqual(
    uses.map(({ what, keyId, count }) => [what, keyId, count]),
    [
      ["mail that waits", only.keyId, 1],
      ["one-time codes", only.keyId, 1],
      ["secrets of projects", only.keyId, 7],
    ],
  );
  const audits = await asTenant(a.id, (tx) =>
    tx.execute<{ count: number }>(
      sql`select (after ->> 'count')::int as count from audit where action = 'key.renew' and organization_id = ${a.id}`,
    ),
  );
  assert.equal(
    audits.reduce((sum, { count }) => sum + count, 0),
    6,
  );
});

test("what a lost key has sealed is named, and the rest is taken over all the same", async () => {
  const { as, project, a } = world;
  const lost = openKeys("a key that nobody has any more, 32 bytes");
  await putSecret({ ...as.bob, keys: lost }, project.id, { name: "GONE", value: "hush-hush" });
  await putSecret({ ...as.bob, keys: openKeys(oldKey) }, project.id, { name: "LATE", value: "still here" });
  const { renewed: count, unreadable } = await renewed(ring, 1);
  assert.equal(count, 1);
  assert.deepEqual(
    unreadable.map(({ what }) => what),
    [`secret "GONE" of the project ${project.id}`],
  );
  assert.match(unreadable[0]?.why ?? "", new RegExp(`"${lost.keyId}".*neither SECRET_KEY nor`));
  assert.deepEqual(await read(openKeys(newKey), a.id, project.id, "LATE"), { LATE: "still here" });
  const missing = (await keysInUse(installation(ring))).filter(({ isHere }) => !isHere);
  assert.deepEqual(missing, [{ what: "secrets of projects", keyId: lost.keyId, count: 1, isHere: false }]);
});

test("whose one-time codes can't be read still comes in by a recovery code", async () => {
  const { bob } = world;
  const { ciphertext, keyId } = openKeys("a key that nobody has any more, 32 bytes").seal(
    "SECRET",
    twoFactorAad(bob.id),
  );
  await database.db.orm.execute(sql`insert into two_factor (user_id, sealed, key_id, enabled_at)
    values (${bob.id}, ${ciphertext}, ${keyId}, now())`);
  await database.db.orm.execute(sql`insert into recovery_code (user_id, code_hash)
    values (${bob.id}, ${hashToken("abcdabcdabcdabcd")})`);
  await assert.rejects(takeCode(database.db, ring, bob.id, "123456"), /neither SECRET_KEY nor/);
  assert.equal(await takeCode(database.db, ring, bob.id, "abcd-abcd-abcd-abcd"), true);
  await database.db.orm.execute(sql`delete from two_factor where user_id = ${bob.id}`);
});

test("who sets a secret while it is taken over is not undone", async () => {
  const { as, project, a } = world;
  const keys = openKeys(oldKey);
  for (let n = 0; n < 20; n++) {
    await putSecret({ ...as.bob, keys }, project.id, { name: `B${n}`, value: `before ${n}` });
  }
  const writes = Array.from({ length: 20 }, (_, n) =>
    putSecret({ ...as.bob, keys: n % 2 ? ring : openKeys(oldKey, [newKey]) }, project.id, {
      name: `B${n}`,
      value: `after ${n}`,
    }),
  );
  await Promise.all([renewed(ring, 3), renewed(ring, 3), ...writes]);
  for (let n = 0; n < 20; n++) {
    assert.deepEqual(await read(ring, a.id, project.id, `B${n}`), { [`B${n}`]: `after ${n}` });
  }
});

async function sessionOf(userId: string): Promise<string> {
  const id = `session-of-${userId}`;
  await database.db.orm.execute(sql`insert into session (id, user_id, expires_at)
    values (${id}, ${userId}, now() + interval '1 day')`);
  return id;
}
