import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { transaction } from "../db/services/context.ts";
import { openKeys } from "../db/services/envelope.ts";
import { openSecrets, putSecret } from "../db/services/secrets.ts";
import { type TestDatabase, testDatabase } from "../db/testing/database.ts";
import { makeWorld, systemCtx, type World } from "../db/testing/factories.ts";
import { projectRoot } from "./config.ts";

const oldKey = "the key of before, with 32 characters or more";
const newKey = "the key of now, with 32 characters or more too";
const count = 60;

let database: TestDatabase;
let world: World;
let home: string;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  home = mkdtempSync(join(tmpdir(), "verdict-secrets-"));
  const bob = { ...world.as.bob, keys: openKeys(oldKey) };
  for (let n = 0; n < count; n++) {
    await putSecret(bob, world.project.id, { name: `S${n}`, value: `value ${n}` });
  }
});
after(async () => {
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

function command(args: readonly string[], keys: { now: string; others: readonly string[] }): ChildProcess {
  return spawn(process.execPath, ["--import", "tsx", join(projectRoot, "ops/secrets.ts"), ...args], {
    cwd: projectRoot,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      VERDICT_HOME: home,
      SECRET_KEY: keys.now,
      SECRET_KEYS_OTHER: keys.others.join("\n"),
    },
  });
}

type Said = { code: number | null; out: string };

async function run(args: readonly string[], keys: { now: string; others: readonly string[] }): Promise<Said> {
  const child = command(args, keys);
  const [out, problems] = await Promise.all([
    text(child.stdout ?? process.stdin),
    text(child.stderr ?? process.stdin),
    once(child, "exit"),
  ]);
  return { code: child.exitCode, out: `${out}${problems}` };
}

/** How many of the secrets open with these keys alone. */
async function readable(...keys: [string, ...string[]]): Promise<number> {
  const [first, ...others] = keys;
  const ctx = systemCtx(database.db, world.a.id, { keys: openKeys(first, others) });
  let opened = 0;
  for (let n = 0; n < count; n++) {
    const name = `S${n}`;
    const read = await transaction(ctx, (ctx) => openSecrets(ctx, world.project.id, [name])).catch(
      () => null,
    );
    if (read === null) continue;
    assert.equal(read[name], `value ${n}`);
    opened++;
  }
  return opened;
}

test("a change of the key that is killed in the middle is finished by the second call", async () => {
  const both = { now: newKey, others: [oldKey] };
  // Somebody holds a row that comes late, so that the command stands in the middle for certain.
  const [taken, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const holding = database.db.sql.begin(async (tx) => {
    await tx`select set_config('app.organizations', ${`{${world.a.id}}`}, true)`;
    await tx`set local idle_in_transaction_session_timeout = 0`;
    await tx`select 1 from secret where id = (select id from secret order by id offset ${count - 15} limit 1)
      for update`;
    taken.resolve();
    await release.promise;
  });
  await taken.promise;
  const child = command(["rotate", "--batch", "10"], both);
  const problems = text(child.stderr ?? process.stdin);
  try {
    for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
      if (line.startsWith("40 ")) break;
    }
    child.kill("SIGKILL");
    await once(child, "exit");
  } finally {
    child.kill("SIGKILL");
    release.resolve();
    await holding;
  }
  assert.equal(await readable(newKey), 40, await problems);
  assert.equal(await readable(oldKey), count - 40);
  assert.equal(await readable(oldKey, newKey), count);

  const { code, out } = await run(["rotate"], both);
  assert.equal(code, 0, out);
  assert.match(out, /^20 sealed with the key of now, 0 can't be read$/m);
  assert.match(out, /60 secrets of projects: sealed with the key of now/);
  assert.match(out, /SECRET_KEYS_OTHER may be emptied/);
  assert.equal(await readable(newKey), count);
  assert.equal(await readable(oldKey), 0);
});

test("a lost key is named with what it has sealed, and nothing is said of the keys themselves", async () => {
  const other = "a third key that has sealed nothing, 32 bytes";
  const status = await run(["status"], { now: other, others: [] });
  assert.equal(status.code, 1);
  assert.match(status.out, /60 secrets of projects: sealed with kek-[0-9a-f]{16}, which is missing/);
  const rotated = await run(["rotate"], { now: other, others: [] });
  assert.equal(rotated.code, 1);
  assert.match(rotated.out, /^0 sealed with the key of now, 60 can't be read$/m);
  assert.match(rotated.out, /secret "S7" of the project .*: a secret can't be read: the key "kek-/);
  assert.ok(![other, newKey, oldKey].some((key) => `${status.out}${rotated.out}`.includes(key)));
});

test("what is asked for wrongly is refused in words", async () => {
  const keys = { now: newKey, others: [] };
  for (const args of [["rotat"], ["rotate", "--batch", "5000"]]) {
    const { code, out } = await run(args, keys);
    assert.equal(code, 1, args.join(" "));
    assert.match(out, /expected: npm run secrets -- status/);
    assert.doesNotMatch(out, /\n\s+at /);
  }
  const { code, out } = await run(["status"], { now: newKey, others: ["too short"] });
  assert.equal(code, 1);
  assert.match(out, /SECRET_KEYS_OTHER has a wrong value \(not shown, it is a secret\)/);
});
