import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { environmentSchema, organizationSchema, projectSchema } from "../domain/resources.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import {
  addMember,
  ctxOf,
  makeEnvironment,
  makeProject,
  makeUser,
  makeWorld,
  type World,
} from "../testing/factories.ts";
import { createEnvironment, deleteEnvironment, listEnvironments, updateEnvironment } from "./environments.ts";
import { listMembers } from "./members.ts";
import {
  createOrganization,
  getOrganization,
  listOrganizations,
  updateOrganization,
} from "./organizations.ts";
import { createProject, getProject, listProjects, updateProject } from "./projects.ts";

let database: TestDatabase;
let world: World;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
});
after(() => database.drop());

const page = { limit: 50 };

test("who makes an organization owns it; a slug made from its name is free, a given one must be", async () => {
  const { db } = database;
  const dave = await makeUser(db, { name: "Dave" });
  const first = await createOrganization(await ctxOf(db, dave), { name: "Café & Söhne" });
  assert.deepEqual(organizationSchema.parse(first), first);
  assert.deepEqual([first.slug, first.role], ["cafe-sohne", "owner"]);
  const second = await createOrganization(await ctxOf(db, dave), { name: "Café & Söhne" });
  assert.equal(second.slug, "cafe-sohne-2");
  const nameless = await createOrganization(await ctxOf(db, dave), { name: "株式会社" });
  assert.equal(nameless.slug, "organization");
  await assert.rejects(createOrganization(world.as.charlie, { name: "Mine", slug: "cafe-sohne" }), {
    code: "conflict",
    message: 'slug: "cafe-sohne" is taken',
  });
  const ctx = await ctxOf(db, dave);
  assert.equal((await listOrganizations(ctx, page)).items.length, 3);
  assert.deepEqual(await getOrganization(ctx, first.id), first);
  await assert.rejects(updateOrganization(ctx, second.id, { slug: "cafe-sohne" }), { code: "conflict" });
  const renamed = await updateOrganization(ctx, second.id, { name: "New", slug: "new" });
  assert.deepEqual([renamed.name, renamed.slug], ["New", "new"]);
});

test("a viewer of the installation makes no organization", async () => {
  const viewer = await makeUser(database.db, { platformRole: "viewer" });
  const ctx = await ctxOf(database.db, viewer);
  await assert.rejects(createOrganization(ctx, { name: "X" }), { code: "forbidden" });
});

test("members are listed with their roles, in pages without gap or repeat", async () => {
  const { db } = database;
  const owner = await makeUser(db);
  const organization = await createOrganization(await ctxOf(db, owner), { name: "Team" });
  for (let n = 0; n < 4; n++) {
    await addMember(db, organization.id, (await makeUser(db, { name: `M${n}` })).id, "viewer");
  }
  const ctx = await ctxOf(db, owner);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await listMembers(ctx, organization.id, { limit: 2, cursor });
    seen.push(...items.map(({ name, role }) => `${name} ${role}`));
    cursor = nextCursor ?? undefined;
  } while (cursor);
  assert.deepEqual(seen, ["Alice owner", "M0 viewer", "M1 viewer", "M2 viewer", "M3 viewer"]);
});

test("a project is made, renamed, archived and restored", async () => {
  const { alice } = world.as;
  const made = await createProject(alice, {
    organizationId: world.a.id,
    name: "Shop",
    baseUrl: "https://a.test",
  });
  assert.deepEqual(projectSchema.parse(made), made);
  assert.equal(made.slug, "shop");
  assert.equal((await makeProject(alice, world.a.id, { name: "Shop" })).slug, "shop-2");
  const taken = createProject(alice, { organizationId: world.a.id, name: "X", slug: "shop" });
  await assert.rejects(taken, { code: "conflict", message: /^slug: "shop" is taken/ });
  const other = await createProject(world.as.charlie, {
    organizationId: world.b.id,
    name: "X",
    slug: "shop",
  });
  assert.equal(other.slug, "shop");
  const changed = await updateProject(alice, made.id, { name: "Store", baseUrl: null, archived: true });
  assert.deepEqual([changed.name, changed.baseUrl, changed.archivedAt !== null], ["Store", null, true]);
  const listed = async (archived: "true" | "false") =>
    (await listProjects(alice, { ...page, archived, organizationId: world.a.id })).items.map(({ id }) => id);
  assert.ok((await listed("true")).includes(made.id));
  assert.ok(!(await listed("false")).includes(made.id));
  await updateProject(alice, made.id, { archived: false });
  assert.equal((await getProject(alice, made.id)).archivedAt, null);
});

test("an environment is made, changed and deleted; two of a project never have one name", async () => {
  const { bob } = world.as;
  const project = world.project.id;
  const made = await createEnvironment(bob, project, { name: "Staging", variables: { user: "bob" } });
  assert.deepEqual(environmentSchema.parse(made), made);
  const twice = { code: "conflict", message: /^name: this project has an environment "Staging"/ };
  await assert.rejects(createEnvironment(bob, project, { name: "Staging" }), twice);
  const other = await makeEnvironment(bob, project, { name: "Live" });
  await assert.rejects(updateEnvironment(bob, other.id, { name: "Staging" }), twice);
  const changed = await updateEnvironment(bob, made.id, { baseUrl: "https://staging.test" });
  assert.deepEqual([changed.baseUrl, changed.variables], ["https://staging.test", { user: "bob" }]);
  const names = async () => (await listEnvironments(bob, project, page)).items.map(({ name }) => name);
  assert.deepEqual(await names(), ["Live", "Staging"]);
  await deleteEnvironment(bob, made.id);
  assert.deepEqual(await names(), ["Live"]);
  await assert.rejects(deleteEnvironment(bob, made.id), { code: "not-found" });
});

test("every change leaves an audit row that says who, what, before and after", async () => {
  const { alice } = world.as;
  const project = await makeProject({ ...alice, requestId: "r-42", address: "192.0.2.9" }, world.a.id);
  await updateProject(alice, project.id, { name: "After" });
  const rows = await database.db.sql.begin(async (tx) => {
    await tx`select set_config('app.organizations', ${`{${world.a.id}}`}, true)`;
    return tx`select action, actor, actor_id, before->>'name' as before, after->>'name' as after, request_id, address
      from audit where entity_id = ${project.id} order by id`;
  });
  const by = { actor: world.alice.email, actor_id: world.alice.id };
  assert.deepEqual(
    rows.map((row) => ({ ...row })),
    [
      {
        action: "project.create",
        ...by,
        before: null,
        after: project.name,
        request_id: "r-42",
        address: "192.0.2.9",
      },
      {
        action: "project.update",
        ...by,
        before: project.name,
        after: "After",
        request_id: null,
        address: null,
      },
    ],
  );
});
