import { randomBytes } from "node:crypto";
import type { Db } from "../client.ts";
import { newId } from "../domain/ids.ts";
import type { OrganizationRole, PlatformRole } from "../domain/permissions.ts";
import {
  type Environment,
  environmentInputSchema,
  type Organization,
  type Project,
  type Suite,
  suiteInputSchema,
  type TestCase,
  type TestCaseInput,
  testCaseInputSchema,
} from "../domain/resources.ts";
import { members, users } from "../schema/identity.ts";
import { findActor } from "../services/accounts.ts";
import { type Ctx, setTenant } from "../services/context.ts";
import { openKeys } from "../services/envelope.ts";
import { createEnvironment } from "../services/environments.ts";
import type { Sent } from "../services/invitations.ts";
import { createOrganization } from "../services/organizations.ts";
import { createProject } from "../services/projects.ts";
import { createSuite } from "../services/suites.ts";
import { createTestCase } from "../services/test-cases.ts";

/** Rows for tests: each call makes its own, with a name that nothing else has. */

export const testKeys = openKeys("a secret key of the tests, 32 bytes or more");

export type TestUser = { id: string; email: string; name: string };

/** The context of the installation itself, or of the one organization a job works for. */
export function systemCtx(db: Db, organizationId: string | null = null, over: Partial<Ctx> = {}): Ctx {
  return {
    db,
    actor: { kind: "system", name: "test", organizationId },
    keys: testKeys,
    now: () => new Date(),
    requestId: null,
    address: null,
    userAgent: null,
    ...over,
  };
}

/** Without a password, since hashing takes a while: `createUser` makes one that can sign in. */
export async function makeUser(
  db: Db,
  { name = "Alice", platformRole = "user" }: { name?: string; platformRole?: PlatformRole } = {},
): Promise<TestUser> {
  const user = { id: newId(), name, email: `${unique(name.toLowerCase())}@example.com` };
  await db.orm.insert(users).values({ ...user, platformRole });
  return user;
}

/** The context of a request of this user, with the roles of this moment. */
export async function ctxOf(db: Db, user: { id: string }, over: Partial<Ctx> = {}): Promise<Ctx> {
  const actor = await findActor(db, user.id);
  if (!actor) throw new Error(`there is no user ${user.id}`);
  return { ...systemCtx(db), actor, ...over };
}

export async function makeOrganization(
  db: Db,
  owner: { id: string },
  { name = unique("Organization") }: { name?: string } = {},
): Promise<Organization> {
  return createOrganization(await ctxOf(db, owner), { name });
}

export async function addMember(
  db: Db,
  organizationId: string,
  userId: string,
  role: OrganizationRole,
): Promise<void> {
  await db.orm.transaction(async (tx) => {
    await setTenant(tx, [organizationId], null);
    await tx.insert(members).values({ organizationId, userId, role });
  });
}

export async function makeProject(
  ctx: Ctx,
  organizationId: string,
  { name = unique("Project"), baseUrl = "https://example.com" }: { name?: string; baseUrl?: string } = {},
): Promise<Project> {
  return createProject(ctx, { organizationId, name, baseUrl });
}

export async function makeEnvironment(
  ctx: Ctx,
  projectId: string,
  over: { name?: string; baseUrl?: string; variables?: Record<string, string> } = {},
): Promise<Environment> {
  const input = environmentInputSchema.parse({ name: unique("Environment"), ...over });
  return createEnvironment(ctx, projectId, input);
}

export async function makeTestCase(
  ctx: Ctx,
  projectId: string,
  over: Partial<TestCaseInput> = {},
): Promise<TestCase> {
  const steps = [{ type: "goto", url: "/" }];
  const input = testCaseInputSchema.parse({ projectId, name: unique("Test case"), steps, ...over });
  return createTestCase(ctx, input);
}

export async function makeSuite(ctx: Ctx, projectId: string, testCaseIds: string[]): Promise<Suite> {
  const input = suiteInputSchema.parse({ projectId, name: unique("Suite"), testCaseIds });
  return createSuite(ctx, input);
}

/** An invitation that is handed on by people, with the token that opens it. */
export function handed({ invitation, token }: Sent): Sent & { token: string } {
  if (token === null) throw new Error(`the invitation of ${invitation.email} was mailed`);
  return { invitation, token };
}

export type World = {
  alice: TestUser;
  bob: TestUser;
  charlie: TestUser;
  /** Alice owns A, Bob is a member of A, Charlie owns B. */
  a: Organization;
  b: Organization;
  project: Project;
  /** Charlie's. */
  foreign: Project;
  as: { alice: Ctx; bob: Ctx; charlie: Ctx };
};

/** Three people, two tenants, a project in each. */
export async function makeWorld(db: Db): Promise<World> {
  const alice = await makeUser(db, { name: "Alice" });
  const bob = await makeUser(db, { name: "Bob" });
  const charlie = await makeUser(db, { name: "Charlie" });
  const a = await makeOrganization(db, alice);
  const b = await makeOrganization(db, charlie);
  await addMember(db, a.id, bob.id, "member");
  const as = {
    alice: await ctxOf(db, alice),
    bob: await ctxOf(db, bob),
    charlie: await ctxOf(db, charlie),
  };
  const project = await makeProject(as.alice, a.id);
  const foreign = await makeProject(as.charlie, b.id);
  return { alice, bob, charlie, a, b, project, foreign, as };
}

function unique(text: string): string {
  return `${text.replaceAll(" ", "-")}-${randomBytes(5).toString("hex")}`;
}
