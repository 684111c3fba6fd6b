import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { eq, sql } from "drizzle-orm";
import { openDb } from "../db/client.ts";
import type { SuiteFile } from "../db/domain/case-content.ts";
import { limits } from "../db/domain/limits.ts";
import type { Organization, Project } from "../db/domain/resources.ts";
import { parseSuiteFile } from "../db/domain/yaml.ts";
import { users } from "../db/schema/identity.ts";
import { createUser, findActor } from "../db/services/accounts.ts";
import { refuseCommonPassword } from "../db/services/common-passwords.ts";
import { type Ctx, setTenant, type TxCtx, transaction } from "../db/services/context.ts";
import { openKeys } from "../db/services/envelope.ts";
import { createOrganization } from "../db/services/organizations.ts";
import { createProject, listProjects, updateProject } from "../db/services/projects.ts";
import { putSecret } from "../db/services/secrets.ts";
import { createSuite, listSuites } from "../db/services/suites.ts";
import { createTestCase } from "../db/services/test-cases.ts";
import { demoAccount } from "./demo/pages/account.ts";
import type { SeedOptions, SeedResult } from "./start/contracts.ts";

const demo = { organization: "Demo", project: "Corner Shop", slug: "corner-shop" } as const;
const seedLock = 0x73656564;

/**
 * Gives an empty installation its first owner and, where there is a demo site, a project with a suite that tests it. All of
 * it in one transaction: a start that is interrupted leaves nothing behind. Later starts only keep the demo's address
 * right.
 * @throws AppError `invalid-input` when ADMIN_PASSWORD is too short
 */
export async function seed({ databaseUrl, config, demoUrl, print }: SeedOptions): Promise<SeedResult> {
  const db = openDb({ url: databaseUrl, connectionsMax: 2, name: "verdict-seed" });
  const ctx: Ctx = {
    db,
    actor: { kind: "system", name: "set-up", organizationId: null },
    keys: openKeys(config.secretKey, config.secretKeysOther),
    now: () => new Date(),
    requestId: null,
    address: null,
    userAgent: null,
  };
  const { email } = config.admin;
  try {
    if (config.admin.password !== null) {
      await refuseCommonPassword(config.admin.password, "ADMIN_PASSWORD");
    }
    const password = config.admin.password ?? randomBytes(12).toString("base64url");
    const suite = demoUrl === null ? null : await readDemoSuite();
    const first = await transaction(ctx, async (ctx) => {
      // Two processes may start on one database at once.
      await ctx.tx.execute(sql`select pg_advisory_xact_lock(${seedLock})`);
      const [known] = await ctx.tx.select({ id: users.id }).from(users).limit(1);
      if (known) return null;
      const { owner, organization } = await createOwner(ctx, { email, password, hasDemo: suite !== null });
      const demoSuiteId =
        suite && demoUrl !== null ? await createDemo(owner, organization, suite, demoUrl) : null;
      return { demoSuiteId };
    });
    if (first) {
      if (suite) print(`  Created the project "${demo.project}" with ${suite.cases.length} test cases`);
      return { created: true, email, password, demoSuiteId: first.demoSuiteId };
    }
    const demoSuiteId = demoUrl === null ? null : await keepDemoAddress(ctx, email, demoUrl);
    return { created: false, email, password: null, demoSuiteId };
  } finally {
    await db.close();
  }
}

async function readDemoSuite(): Promise<SuiteFile> {
  return parseSuiteFile(await readFile(new URL("./demo/suite.yaml", import.meta.url), "utf8"));
}

async function createOwner(
  ctx: TxCtx,
  { email, password, hasDemo }: { email: string; password: string; hasDemo: boolean },
): Promise<{ owner: TxCtx; organization: Organization }> {
  const user = await createUser(ctx, { email, password, name: "Administrator", platformRole: "admin" });
  const noRoles: Ctx["actor"] = {
    kind: "user",
    userId: user.id,
    email: user.email,
    platformRole: "admin",
    roles: new Map(),
    projects: new Map(),
  };
  const name = hasDemo ? demo.organization : "My organization";
  const organization = await createOrganization({ ...ctx, actor: noRoles }, { name });
  await setTenant(ctx.tx, [organization.id], user.id);
  const actor = { ...noRoles, roles: new Map([[organization.id, "owner" as const]]) };
  return { owner: { ...ctx, actor }, organization };
}

/** @returns the id of the suite */
async function createDemo(
  ctx: TxCtx,
  { id: organizationId }: Organization,
  suite: SuiteFile,
  baseUrl: string,
): Promise<string> {
  const project = await createProject(ctx, { organizationId, name: demo.project, slug: demo.slug, baseUrl });
  await putSecret(ctx, project.id, { name: "password", value: demoAccount.password });
  const testCaseIds: string[] = [];
  for (const content of suite.cases) {
    testCaseIds.push((await createTestCase(ctx, { ...content, projectId: project.id })).id);
  }
  const { name, description, retries } = suite;
  const created = await createSuite(ctx, {
    projectId: project.id,
    name,
    description,
    testCaseIds,
    tagQuery: null,
    environmentId: null,
    retries,
    browsers: suite.browsers,
    viewports: suite.viewports,
  });
  return created.id;
}

/** The demo site may get another port; the suite's id is wanted in any case. Null when the demo is gone. */
async function keepDemoAddress(system: Ctx, email: string, demoUrl: string): Promise<string | null> {
  const [user] = await system.db.orm
    .select({ id: users.id })
    .from(users)
    .where(eq(users.email, email.trim().toLowerCase()));
  const actor = user && (await findActor(system.db, user.id));
  if (!actor) return null;
  const ctx: Ctx = { ...system, actor };
  const page = { limit: limits.pageSizeMax };
  const projects = await listProjects(ctx, { ...page, archived: "false" });
  const project = projects.items.find(({ slug }) => slug === demo.slug);
  if (!project) return null;
  if (isOurs(project) && project.baseUrl !== demoUrl) {
    await updateProject({ ...ctx, actor }, project.id, { baseUrl: demoUrl });
  }
  const suites = await listSuites(ctx, { ...page, projectId: project.id });
  return suites.items.find(({ name }) => name === demo.project)?.id ?? null;
}

/** Whoever pointed the project at a site of their own keeps that. */
function isOurs({ baseUrl }: Project): boolean {
  return baseUrl === null || URL.parse(baseUrl)?.hostname === "127.0.0.1";
}
