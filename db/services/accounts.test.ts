import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { addMember, ctxOf, makeOrganization, makeUser, systemCtx } from "../testing/factories.ts";
import { createUser, findActor, getMe } from "./accounts.ts";
import { setTenant } from "./context.ts";
import { checkCredentials } from "./credentials.ts";
import { hashPassword, verifyPassword } from "./passwords.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.drop());

const password = "correct horse battery staple";
let count = 0;
const newUser = () => ({
  email: `Person${++count}@Example.com`,
  name: "Person",
  password,
  platformRole: "user" as const,
});

const refused = { code: "invalid-credentials", message: "the e-mail address or the password is wrong" };

test("a new user signs in with the address in any case, and is shown as it was made", async () => {
  const { db } = database;
  const user = await createUser(systemCtx(db), newUser());
  assert.equal(user.email, `person${count}@example.com`);
  assert.equal(await checkCredentials(db, { email: ` PERSON${count}@example.com`, password }), user.id);
  assert.deepEqual(await getMe(await ctxOf(db, user)), user);
});

test("a wrong password, an unknown address and a disabled account are refused in the same words", async () => {
  const { db } = database;
  const user = await createUser(systemCtx(db), newUser());
  await assert.rejects(checkCredentials(db, { email: user.email, password: "wrong" }), refused);
  await assert.rejects(checkCredentials(db, { email: "nobody@example.com", password }), refused);
  await db.sql`update app_user set disabled_at = now() where id = ${user.id}`;
  await assert.rejects(checkCredentials(db, { email: user.email, password }), refused);
  assert.equal(await findActor(db, user.id), null);
});

test("an account without a password cannot sign in with any", async () => {
  const user = await makeUser(database.db);
  await assert.rejects(checkCredentials(database.db, { email: user.email, password: "" }), refused);
});

test("every sign-in is in the audit of the user's organizations, every refusal in that of the installation", async () => {
  const { db } = database;
  const user = await createUser(systemCtx(db), newUser());
  const organization = await makeOrganization(db, user);
  const client = { address: "192.0.2.1", userAgent: "test", requestId: "r-1" };
  await checkCredentials(db, { email: user.email, password, ...client });
  const seen = await db.sql.begin(async (tx) => {
    await tx`select set_config('app.organizations', ${`{${organization.id}}`}, true)`;
    return tx`select action, actor, actor_id, entity_id, address, user_agent, request_id from audit
      where action like 'session.%'`;
  });
  assert.deepEqual(
    seen.map((row) => ({ ...row })),
    [
      {
        action: "session.create",
        actor: user.email,
        actor_id: user.id,
        entity_id: user.id,
        address: "192.0.2.1",
        user_agent: "test",
        request_id: "r-1",
      },
    ],
  );
  await assert.rejects(checkCredentials(db, { email: user.email, password: "wrong", ...client }), refused);
  const owner = (await import("postgres")).default(database.ownerUrl, { max: 1 });
  try {
    await owner`alter table audit no force row level security`;
    const rows = await owner`select organization_id, actor from audit where action = 'session.refuse'
      and request_id = 'r-1'`;
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [{ organization_id: null, actor: user.email }],
    );
  } finally {
    await owner`alter table audit force row level security`;
    await owner.end();
  }
});

test("an address is taken once, in whatever case", async () => {
  const { db } = database;
  const input = newUser();
  await createUser(systemCtx(db), input);
  await assert.rejects(createUser(systemCtx(db), { ...input, email: input.email.toUpperCase() }), {
    code: "conflict",
    message: /^email: .* is taken$/,
  });
});

test("a short password is refused with what would be right", async () => {
  await assert.rejects(createUser(systemCtx(database.db), { ...newUser(), password: "1234567" }), {
    code: "invalid-input",
    errors: [{ path: "password", message: "must have 8 characters or more" }],
  });
});

test("only an administrator of the installation makes users", async () => {
  const { db } = database;
  const admin = await ctxOf(db, await makeUser(db, { platformRole: "admin" }));
  assert.ok((await createUser(admin, newUser())).id);
  const user = await ctxOf(db, await makeUser(db));
  await assert.rejects(createUser(user, newUser()), { code: "forbidden" });
});

test("an actor has the roles of all of the user's organizations and no others", async () => {
  const { db } = database;
  const [alice, bob] = [await makeUser(db), await makeUser(db)];
  const first = await makeOrganization(db, alice);
  const second = await makeOrganization(db, bob);
  await addMember(db, second.id, alice.id, "viewer");
  const actor = await findActor(db, alice.id);
  assert.deepEqual(
    actor?.roles,
    new Map([
      [first.id, "owner"],
      [second.id, "viewer"],
    ]),
  );
  assert.equal((await findActor(db, bob.id))?.roles.size, 1);
  assert.equal(await findActor(db, "not an id"), null);
});

test("no tenant stays in a connection that goes back to the pool", async () => {
  const { db } = database;
  const alice = await makeUser(db);
  await makeOrganization(db, alice);
  await db.orm.transaction((tx) => setTenant(tx, [alice.id], alice.id));
  for (let connection = 0; connection < 8; connection++) {
    assert.equal((await db.sql`select * from organization`).length, 0);
  }
});

test("a hash is argon2id with the cost that was chosen, and only its password matches", async () => {
  const hash = await hashPassword("pässword");
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.equal(await verifyPassword(hash, "pa\u0308ssword"), true);
  assert.equal(await verifyPassword(hash, "password"), false);
  assert.equal(await verifyPassword(null, "password"), false);
});

test("more than 52 sign-ins at once are told to come back, the others are served", async () => {
  const hash = await hashPassword("password");
  const results = await Promise.allSettled(
    Array.from({ length: 60 }, () => verifyPassword(hash, "password")),
  );
  const late = results.filter((result) => result.status === "rejected");
  assert.equal(late.length, 8);
  for (const { reason } of late) assert.equal(reason.code, "unavailable");
  assert.equal(await verifyPassword(hash, "password"), true);
});
