import { sql } from "drizzle-orm";
import type { Db, Tx } from "../client.ts";
import { groupInputSchema } from "../domain/group-resources.ts";
import { newId } from "../domain/ids.ts";
import { scheduleInputSchema } from "../domain/schedule-resources.ts";
import { type Ctx, setTenant } from "../services/context.ts";
import { listExecutions } from "../services/executions.ts";
import { createGroup } from "../services/groups.ts";
import { createInvitation } from "../services/invitations.ts";
import { changePlan } from "../services/plans.ts";
import { putProjectMember } from "../services/project-members.ts";
import { executeSuite } from "../services/runs.ts";
import { createSchedule } from "../services/schedules.ts";
import { putSecret } from "../services/secrets.ts";
import { addMember, makeEnvironment, makeSuite, makeTestCase, makeUser } from "./factories.ts";

type Into = { organizationId: string; projectId: string; owner: Ctx; root: Ctx };

/** At least one row of an organization in every table that holds rows of tenants. */
export async function fillTenant(db: Db, { organizationId, projectId, owner, root }: Into): Promise<void> {
  const member = await makeUser(db, { name: "Member" });
  await addMember(db, organizationId, member.id, "viewer");
  await putProjectMember(owner, projectId, member.id, "developer");
  await changePlan(root, organizationId, { membersMax: 10 });
  await createInvitation(owner, organizationId, {
    email: `${newId()}@example.com`,
    role: "viewer",
    projectRoles: [],
  });
  await makeEnvironment(owner, projectId);
  await putSecret(owner, projectId, { name: "TOKEN", value: "hush-hush" });
  const group = groupInputSchema.parse({ name: "Sign in", steps: [{ type: "reload" }] });
  await createGroup(owner, projectId, group);
  const testCase = await makeTestCase(owner, projectId);
  const suite = await makeSuite(owner, projectId, [testCase.id]);
  const schedule = scheduleInputSchema.parse({ name: "Nightly", suiteId: suite.id, cron: "@daily" });
  const { id: scheduleId } = await createSchedule(owner, projectId, schedule);
  const run = await executeSuite(owner, suite.id, {}, "manual");
  const [execution] = (await listExecutions(owner, { runId: run.id, limit: 1 })).items;
  if (!execution) throw new Error("a run of a suite with a case has an execution");
  await fillExecution(db, organizationId, execution.id, scheduleId);
}

/** What workers and schedulers write. */
async function fillExecution(
  db: Db,
  organizationId: string,
  executionId: string,
  scheduleId: string,
): Promise<void> {
  await db.orm.transaction(async (tx) => {
    await setTenant(tx, [organizationId], null);
    await tx.execute(sql`insert into attempt (execution_id, number, organization_id, lease_token)
      values (${executionId}, 1, ${organizationId}, ${newId()})`);
    await tx.execute(sql`insert into event (execution_id, seq, organization_id, attempt, at, type, body)
      values (${executionId}, 1, ${organizationId}, 1, now(), 'log', '{"type":"log"}')`);
    await tx.execute(sql`insert into artifact (id, organization_id, execution_id, attempt, kind, name, content_type,
      size_bytes, sha256, storage_key)
      values (${newId()}, ${organizationId}, ${executionId}, 1, 'screenshot', 's.png', 'image/png', 1, '00', 'k')`);
    await fillSnapshots(tx, executionId);
    await tx.execute(
      sql`insert into live_view (execution_id, organization_id) values (${executionId}, ${organizationId})`,
    );
    await tx.execute(sql`insert into live_watch (execution_id, watcher_id, organization_id, fps, width, expires_at)
      values (${executionId}, ${newId()}, ${organizationId}, 5, 800, now() + interval '1 hour')`);
    await tx.execute(sql`insert into live_command (id, execution_id, organization_id, kind, body)
      values (${newId()}, ${executionId}, ${organizationId}, 'pick', '{}')`);
    await tx.execute(sql`insert into unused_file (storage_key, organization_id)
      values (${`${organizationId}/content/00/00`}, ${organizationId})`);
    await tx.execute(sql`insert into tick (schedule_id, due_at, organization_id, outcome, reason, first_due_at)
      values (${scheduleId}, now(), ${organizationId}, 'missed', 'nobody was up', now())`);
  });
}

/** A picture that somebody approved, and one that waits. */
async function fillSnapshots(tx: Tx, executionId: string): Promise<void> {
  const of = sql`from execution where id = ${executionId}`;
  await tx.execute(sql`insert into baseline (id, organization_id, project_id, test_case_id, branch, name, variant, browser,
      width, height, scale, mobile, platform, revision, storage_key, sha256, size_bytes, picture_width, picture_height, approved_at)
    select ${newId()}, organization_id, project_id, test_case_id, 'main', 'page', 'v', browser, 1, 1, 1, false, 'linux', 1,
      'k', '00', 1, 1, 1, now() ${of}`);
  await tx.execute(sql`insert into snapshot (id, organization_id, project_id, test_case_id, run_id, execution_id, attempt, step,
      branch, name, variant, browser, width, height, scale, mobile, platform, result, actual_id)
    select ${newId()}, organization_id, project_id, test_case_id, run_id, id, 1, 0, 'main', 'page', 'v', browser, 1, 1, 1, false,
      'linux', 'new', ${newId()} ${of}`);
}
