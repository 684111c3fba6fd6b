import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { findActor } from "../db/services/accounts.ts";
import type { Ctx } from "../db/services/context.ts";
import { checkCredentials } from "../db/services/credentials.ts";
import { listProjects } from "../db/services/projects.ts";
import { casesOfSuite } from "../db/services/suites.ts";
import { type TestDatabase, testDatabase } from "../db/testing/database.ts";
import { type Config, parseConfig } from "./config.ts";
import { seed } from "./seed.ts";

const config: Config = {
  ...parseConfig({ ADMIN_EMAIL: "Owner@Example.org" }),
  secretKey: "a secret key of the tests, 32 bytes or more",
};
const print = () => {};

async function ownerCtx(database: TestDatabase, email: string, password: string): Promise<Ctx> {
  const { db } = database;
  const actor = await findActor(db, await checkCredentials(db, { email, password }));
  assert.ok(actor);
  assert.equal(actor.platformRole, "admin");
  return { db, actor, keys: null, now: () => new Date(), requestId: null, address: null, userAgent: null };
}

const projectsOf = async (ctx: Ctx) => (await listProjects(ctx, { limit: 50, archived: "false" })).items;

describe("the first start", () => {
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.drop());

  it("makes an owner who can sign in, and a demo that can run; the next starts make nothing", async () => {
    const options = { databaseUrl: database.url, config, print };
    const [one, other] = await Promise.all([
      seed({ ...options, demoUrl: "http://127.0.0.1:4001/" }),
      seed({ ...options, demoUrl: "http://127.0.0.1:4001/" }),
    ]);
    assert.deepEqual([one.created, other.created].sort(), [false, true]);
    const first = one.created ? one : other;
    assert.match(first.password ?? "", /^.{16,}$/);
    const ctx = await ownerCtx(database, first.email, first.password ?? "");
    const cases = await casesOfSuite(ctx, first.demoSuiteId ?? "");
    assert.ok(cases.length >= 14);
    assert.deepEqual(
      (await projectsOf(ctx)).map(({ baseUrl }) => baseUrl),
      ["http://127.0.0.1:4001/"],
    );

    const later = await seed({ ...options, demoUrl: "http://127.0.0.1:4002/" });
    const { email, demoSuiteId } = first;
    assert.deepEqual(later, { created: false, email, password: null, demoSuiteId });
    assert.deepEqual(
      (await projectsOf(ctx)).map(({ baseUrl }) => baseUrl),
      ["http://127.0.0.1:4002/"],
    );
  });
});

describe("a first start without the demo", () => {
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.drop());

  it("makes the owner with the given password and an empty organization", async () => {
    const admin = { email: "owner@example.org", password: "a password that was given" };
    const options = { databaseUrl: database.url, print, demoUrl: null };
    await assert.rejects(
      seed({ ...options, config: { ...config, admin: { ...admin, password: "short" } } }),
      /8 characters or more/,
    );
    await assert.rejects(
      seed({ ...options, config: { ...config, admin: { ...admin, password: "password123" } } }),
      /^AppError: ADMIN_PASSWORD: is one of the passwords that are guessed first/,
    );
    const result = await seed({ ...options, config: { ...config, admin } });
    assert.deepEqual(result, { created: true, ...admin, demoSuiteId: null });
    const ctx = await ownerCtx(database, admin.email, admin.password);
    assert.ok(ctx.actor.kind === "user" && ctx.actor.roles.size === 1);
    assert.deepEqual(await projectsOf(ctx), []);
  });
});
