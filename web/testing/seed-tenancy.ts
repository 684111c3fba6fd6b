import type { TestApp } from "../../api/testing/app.ts";
import type { Project } from "../../db/domain/resources.ts";
import { listAudit } from "../../db/services/audit-log.ts";
import { createInvitation, revokeInvitation } from "../../db/services/invitations.ts";
import { changePlan } from "../../db/services/plans.ts";
import { putProjectMember } from "../../db/services/project-members.ts";
import { updateProject } from "../../db/services/projects.ts";
import { ctxOf, handed } from "../../db/testing/factories.ts";

export type SeedTenancy = { token: string; auditId: string; userId: string };

/** People, invitations, a plan and something to read in the audit. */
export async function seedTenancy(t: TestApp, project: Project): Promise<SeedTenancy> {
  const { alice } = t.world.as;
  const root = await ctxOf(t.deps.db, t.people.root);
  const organization = project.organizationId;
  await changePlan(root, organization, { membersMax: 25, parallelMax: 4, artifactBytesMax: 5_000_000_000 });
  await putProjectMember(alice, project.id, t.people.bob.id, "viewer");
  await putProjectMember(alice, project.id, t.people.pat.id, "admin");
  const invite = async (email: string, role: "member" | "viewer") =>
    handed(await createInvitation(alice, organization, { email, role, projectRoles: [] }));
  const { token } = await invite("grace.hopper@example.com", "member");
  const { invitation } = await invite("somebody.with.a.very.long.address@subdomain.of.example.com", "viewer");
  await revokeInvitation(alice, organization, invitation.id);
  const evidence = project.evidence === "on" ? "on-failure" : "on";
  await updateProject(alice, project.id, { baseUrl: "https://shop.example.com/en", evidence });
  await updateProject(alice, project.id, { baseUrl: project.baseUrl, evidence: project.evidence });
  const { items } = await listAudit(alice, organization, { limit: 1, action: "project.update" });
  return { token, auditId: items[0]?.id ?? "", userId: t.people.bob.id };
}
