import type { Db } from "../../db/client.ts";
import type { TestCaseInput } from "../../db/domain/resources.ts";
import { createUser } from "../../db/services/accounts.ts";
import {
  addMember,
  ctxOf,
  makeOrganization,
  makeProject,
  makeTestCase,
  systemCtx,
} from "../../db/testing/factories.ts";
import { type CaseName, caseNames, cases } from "./site.ts";

export type Person = { email: string; password: string };

/** One of the tenants that share the installation. */
export type Tenant = {
  organizationId: string;
  projectId: string;
  people: Person[];
  testCaseIds: Record<CaseName, string>;
};

const password = "a-password-of-the-fault-suite";

/** Tenants with a project and its test cases each, and so many people that none of them reaches the limit of requests. */
export async function makeTenants(
  db: Db,
  { siteUrl, tenants, people }: { siteUrl: string; tenants: number; people: number },
): Promise<Tenant[]> {
  const made: Tenant[] = [];
  for (let tenant = 0; tenant < tenants; tenant++) made.push(await makeTenant(db, siteUrl, tenant, people));
  return made;
}

async function makeTenant(db: Db, siteUrl: string, number: number, people: number): Promise<Tenant> {
  const emails = Array.from(
    { length: people },
    (_, person) => `person-${person}@tenant-${number}.example.com`,
  );
  const users = [];
  for (const email of emails) {
    users.push(await createUser(systemCtx(db), { email, password, name: email, platformRole: "user" }));
  }
  const [owner, ...others] = users;
  if (!owner) throw new Error("a tenant needs somebody");
  const organization = await makeOrganization(db, owner);
  for (const { id } of others) await addMember(db, organization.id, id, "admin");
  const ctx = await ctxOf(db, owner);
  const project = await makeProject(ctx, organization.id, { baseUrl: siteUrl });
  const testCaseIds = {} as Record<CaseName, string>;
  for (const name of caseNames) {
    const steps = cases[name].steps as unknown as TestCaseInput["steps"];
    testCaseIds[name] = (await makeTestCase(ctx, project.id, { name, steps })).id;
  }
  return {
    organizationId: organization.id,
    projectId: project.id,
    people: emails.map((email) => ({ email, password })),
    testCaseIds,
  };
}
