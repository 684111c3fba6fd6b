import { eq } from "drizzle-orm";
import { newId } from "../../db/domain/ids.ts";
import type { Permission, PlatformPermission } from "../../db/domain/permissions.ts";
import { registerWorker } from "../../db/outbox/workers.ts";
import { members } from "../../db/schema/identity.ts";
import { listAudit } from "../../db/services/audit-log.ts";
import { setTenant } from "../../db/services/context.ts";
import { createInvitation } from "../../db/services/invitations.ts";
import { putProjectMember } from "../../db/services/project-members.ts";
import { executeTestCase } from "../../db/services/runs.ts";
import { putSecret } from "../../db/services/secrets.ts";
import {
  addMember,
  ctxOf,
  makeEnvironment,
  makeOrganization,
  makeTestCase,
  makeUser,
} from "../../db/testing/factories.ts";
import { accountCases } from "./account-cases.ts";
import type { Person, TestApp } from "./app.ts";
import { baselineCases } from "./baseline-cases.ts";
import { type Fixture, makeDeadJob, makePausedExecution } from "./fixture.ts";

/**
 * How each endpoint is called so that it succeeds, and the permission that it demands: null where everybody who is signed in may.
 * What each person gets follows from the table of permissions.
 */
export type Case = {
  path: (who: Person) => string | Promise<string>;
  body?: (who: Person) => unknown | Promise<unknown>;
  needs: Permission | PlatformPermission | null;
};

/** By the id of each endpoint that is not for everybody. */
export function matrixCases(t: TestApp, f: Fixture): Record<string, Case> {
  const inA = () => `/organizations/${t.world.a.id}`;
  const inProject = () => `/projects/${t.world.project.id}`;
  const ofCase = () => `/test-cases/${f.testCase.id}`;
  const ofSuite = () => `/test-suites/${f.suite.id}`;
  const ofRun = () => `/runs/${f.run.id}`;
  const ofExecution = () => `/executions/${f.execution.id}`;
  const projectId = () => t.world.project.id;
  const newRun = async () =>
    (await executeTestCase(t.world.as.alice, { testCaseId: f.testCase.id }, "api")).runId;
  const newExecution = async () =>
    (await executeTestCase(t.world.as.alice, { testCaseId: f.testCase.id }, "api")).id;
  const newEnvironment = async () => (await makeEnvironment(t.world.as.alice, projectId())).id;
  const newCase = async () => (await makeTestCase(t.world.as.alice, projectId())).id;
  const newSuite = async () => {
    const { body } = await t.call("alice", "POST", "/test-suites", { projectId: projectId(), name: newId() });
    return String(body.id);
  };
  const newSchedule = () => ({ name: newId(), suiteId: f.suite.id, cron: "30 2 * * *" });
  const ofSchedule = async () => {
    const { body } = await t.call("alice", "POST", `${inProject()}/schedules`, newSchedule());
    return `${inProject()}/schedules/${body.id}`;
  };
  const newGroup = () => ({ name: newId(), steps: [] });
  const ofGroup = async () => {
    const { body } = await t.call("alice", "POST", `${inProject()}/groups`, newGroup());
    return `${inProject()}/groups/${body.id}`;
  };
  const newMember = async () => {
    const { id } = await makeUser(t.deps.db);
    await addMember(t.deps.db, t.world.a.id, id, "member");
    return id;
  };
  // Whoever hands an organization over owns it no more.
  const aliceOwns = () =>
    t.deps.db.orm.transaction(async (tx) => {
      await setTenant(tx, [t.world.a.id], null);
      await tx.update(members).set({ role: "owner" }).where(eq(members.userId, t.world.alice.id));
    });
  const newInvitation = async () => {
    const input = { email: `${newId()}@example.com`, role: "member" as const, projectRoles: [] };
    return (await createInvitation(t.world.as.alice, t.world.a.id, input)).invitation;
  };
  const newWorker = async () => {
    const worker = { id: newId(), name: "w", host: "h", pid: 1, version: "0", browsers: [], slots: 1 };
    await registerWorker(t.deps.db.sql, worker);
    return worker.id;
  };
  const jobId = async () => {
    const { body } = await t.call("root", "GET", "/jobs?limit=1");
    return (body.items as { id: string }[])[0]?.id ?? "";
  };

  return {
    ...accountCases(t),

    listOrganizations: { path: () => "/organizations", needs: null },
    createOrganization: {
      path: () => "/organizations",
      body: () => ({ name: newId() }),
      needs: "organization.create",
    },
    getOrganization: { path: inA, needs: "organization.read" },
    updateOrganization: { path: inA, body: () => ({ name: "Renamed" }), needs: "organization.update" },
    changeMember: {
      path: async () => `${inA()}/members/${await newMember()}`,
      body: () => ({ role: "viewer" }),
      needs: "member.write",
    },
    removeMember: { path: async () => `${inA()}/members/${await newMember()}`, needs: "member.write" },
    transferOwnership: {
      path: async () => {
        await aliceOwns();
        return `${inA()}/transfer`;
      },
      body: async () => ({ userId: await newMember() }),
      needs: "owner.write",
    },
    listInvitations: { path: () => `${inA()}/invitations`, needs: "invitation.read" },
    createInvitation: {
      path: () => `${inA()}/invitations`,
      body: () => ({ email: `${newId()}@example.com`, role: "member" }),
      needs: "invitation.write",
    },
    resendInvitation: {
      path: async () => `${inA()}/invitations/${(await newInvitation()).id}/resend`,
      needs: "invitation.write",
    },
    revokeInvitation: {
      path: async () => `${inA()}/invitations/${(await newInvitation()).id}`,
      needs: "invitation.write",
    },
    getPlan: { path: () => `${inA()}/plan`, needs: "organization.read" },
    changePlan: {
      path: () => `${inA()}/plan`,
      body: () => ({ membersMax: 10_000 }),
      needs: "organizations.manage",
    },
    listAudit: { path: () => `${inA()}/audit-logs`, needs: "audit.read" },
    getAuditEntry: {
      path: async () => {
        const { items } = await listAudit(t.world.as.alice, t.world.a.id, { limit: 1 });
        return `${inA()}/audit-logs/${items[0]?.id}`;
      },
      needs: "audit.read",
    },
    exportAudit: { path: () => `${inA()}/audit-logs/export?format=csv`, needs: "audit.read" },
    listInstallationAudit: { path: () => "/audit-logs", needs: "audit.installation" },
    exportInstallationAudit: { path: () => "/audit-logs/export?format=json", needs: "audit.installation" },
    listUsers: { path: () => "/users", needs: "users.manage" },
    getUser: { path: () => `/users/${t.people.bob.id}`, needs: "users.manage" },
    changeUser: {
      path: async () => `/users/${(await makeUser(t.deps.db)).id}`,
      body: () => ({ disabled: true }),
      needs: "users.manage",
    },
    listTenants: { path: () => "/tenants", needs: "organizations.manage" },
    acceptInvitation: {
      path: () => "/invitations/accept",
      body: async (who) => {
        const owner = await makeUser(t.deps.db, { name: "Eve" });
        const { id } = await makeOrganization(t.deps.db, owner);
        const input = { email: t.people[who].email, role: "viewer" as const, projectRoles: [] };
        const { token } = await createInvitation(await ctxOf(t.deps.db, owner), id, input);
        return { token };
      },
      needs: null,
    },
    listProjectMembers: { path: () => `${inProject()}/members`, needs: "project.read" },
    putProjectMember: {
      path: async () => `${inProject()}/members/${await newMember()}`,
      body: () => ({ role: "developer" }),
      needs: "projectMember.write",
    },
    removeProjectMember: {
      path: async () => {
        const userId = await newMember();
        await putProjectMember(t.world.as.alice, projectId(), userId, "viewer");
        return `${inProject()}/members/${userId}`;
      },
      needs: "projectMember.write",
    },
    listMembers: { path: () => `${inA()}/members`, needs: "organization.read" },

    listProjects: { path: () => "/projects", needs: null },
    createProject: {
      path: () => "/projects",
      body: () => ({ organizationId: t.world.a.id, name: newId() }),
      needs: "project.create",
    },
    getProject: { path: inProject, needs: "project.read" },
    updateProject: { path: inProject, body: () => ({ name: "Renamed" }), needs: "project.update" },
    getEgress: { path: () => `${inProject()}/egress`, needs: "project.read" },
    setEgress: {
      path: () => `${inProject()}/egress`,
      body: () => ({ allow: [] }),
      needs: "project.update",
    },
    listEnvironments: { path: () => `${inProject()}/environments`, needs: "project.read" },
    createEnvironment: {
      path: () => `${inProject()}/environments`,
      body: () => ({ name: newId() }),
      needs: "environment.write",
    },
    updateEnvironment: {
      path: async () => `/environments/${await newEnvironment()}`,
      body: () => ({ variables: { plan: "pro" } }),
      needs: "environment.write",
    },
    deleteEnvironment: {
      path: async () => `/environments/${await newEnvironment()}`,
      needs: "environment.write",
    },
    listSecrets: { path: () => `${inProject()}/secrets`, needs: "project.read" },
    putSecret: {
      path: () => `${inProject()}/secrets`,
      body: () => ({ name: "password", value: "a secret value" }),
      needs: "secret.write",
    },
    deleteSecret: {
      path: async () => {
        await putSecret(t.world.as.alice, projectId(), { name: "gone", value: "a secret value" });
        return `${inProject()}/secrets/gone`;
      },
      needs: "secret.write",
    },

    importTestCase: {
      path: () => "/test-cases/import",
      body: () => ({
        projectId: projectId(),
        content: { title: newId(), steps: [{ type: "navigate", url: "https://example.com/" }] },
      }),
      needs: "testCase.write",
    },
    exportTestCase: { path: () => `${ofCase()}/export?format=yaml`, needs: "testCase.read" },
    listTestCases: { path: () => `/test-cases?projectId=${projectId()}`, needs: "testCase.read" },
    createTestCase: {
      path: () => "/test-cases",
      body: () => ({ projectId: projectId(), name: newId(), steps: [{ type: "goto", url: "/" }] }),
      needs: "testCase.write",
    },
    listTestCaseBrowsers: { path: () => `${ofCase()}/browsers`, needs: "testCase.read" },
    getTestCase: { path: ofCase, needs: "testCase.read" },
    updateTestCase: { path: ofCase, body: () => ({ priority: "high" }), needs: "testCase.write" },
    archiveTestCase: { path: async () => `/test-cases/${await newCase()}`, needs: "testCase.write" },
    cloneTestCase: { path: () => `${ofCase()}/clone`, needs: "testCase.write" },
    listVersions: { path: () => `${ofCase()}/versions`, needs: "testCase.read" },
    getVersion: { path: () => `${ofCase()}/versions/1`, needs: "testCase.read" },
    restoreVersion: { path: () => `${ofCase()}/versions/1/restore`, needs: "testCase.write" },

    listTestSuites: { path: () => `/test-suites?projectId=${projectId()}`, needs: "suite.read" },
    createTestSuite: {
      path: () => "/test-suites",
      body: () => ({ projectId: projectId(), name: newId(), testCaseIds: [f.testCase.id] }),
      needs: "suite.write",
    },
    getTestSuite: { path: ofSuite, needs: "suite.read" },
    updateTestSuite: { path: ofSuite, body: () => ({ retries: 1 }), needs: "suite.write" },
    deleteTestSuite: { path: async () => `/test-suites/${await newSuite()}`, needs: "suite.write" },
    listTestSuiteBrowsers: { path: () => `${ofSuite()}/browsers`, needs: "suite.read" },
    listTestSuiteCases: { path: () => `${ofSuite()}/cases`, needs: "suite.read" },
    executeTestSuite: { path: () => `${ofSuite()}/execute`, body: () => ({}), needs: "run.start" },

    listGroups: { path: () => `${inProject()}/groups`, needs: "testCase.read" },
    createGroup: { path: () => `${inProject()}/groups`, body: newGroup, needs: "testCase.write" },
    getGroup: { path: ofGroup, needs: "testCase.read" },
    updateGroup: { path: ofGroup, body: () => ({ description: "x" }), needs: "testCase.write" },
    deleteGroup: { path: ofGroup, needs: "testCase.write" },
    listGroupVersions: { path: async () => `${await ofGroup()}/versions`, needs: "testCase.read" },
    listGroupUsages: { path: async () => `${await ofGroup()}/usages`, needs: "testCase.read" },
    ...baselineCases(t, f),
    listSchedules: { path: () => `${inProject()}/schedules`, needs: "schedule.read" },
    createSchedule: { path: () => `${inProject()}/schedules`, body: newSchedule, needs: "schedule.write" },
    previewSchedule: { path: () => `${inProject()}/schedules/preview?cron=@daily`, needs: "schedule.read" },
    getSchedule: { path: ofSchedule, needs: "schedule.read" },
    updateSchedule: { path: ofSchedule, body: () => ({ cron: "@hourly" }), needs: "schedule.write" },
    deleteSchedule: { path: ofSchedule, needs: "schedule.write" },
    listScheduleTicks: { path: async () => `${await ofSchedule()}/ticks`, needs: "schedule.read" },
    listTickHours: { path: async () => `${await ofSchedule()}/hours`, needs: "schedule.read" },
    pauseSchedule: { path: async () => `${await ofSchedule()}/pause`, needs: "schedule.write" },
    resumeSchedule: { path: async () => `${await ofSchedule()}/resume`, needs: "schedule.write" },
    runScheduleNow: { path: async () => `${await ofSchedule()}/run-now`, needs: "run.start" },

    listRuns: { path: () => `/runs?projectId=${projectId()}`, needs: "run.read" },
    startRun: { path: () => "/runs", body: () => ({ testCaseId: f.testCase.id }), needs: "run.start" },
    getRunMatrix: { path: () => `${ofRun()}/matrix`, needs: "run.read" },
    getRun: { path: ofRun, needs: "run.read" },
    getRunReport: { path: () => `${ofRun()}/report?format=junit`, needs: "run.read" },
    listRunExecutions: { path: () => `${ofRun()}/executions`, needs: "run.read" },
    stopRun: { path: async () => `/runs/${await newRun()}/stop`, needs: "run.stop" },
    retryRun: {
      path: async () => {
        const id = await newRun();
        await t.call("alice", "POST", `/runs/${id}/stop`);
        return `/runs/${id}/retry`;
      },
      body: () => ({ failedOnly: false }),
      needs: "run.start",
    },

    executeTestCase: {
      path: () => "/executions",
      body: () => ({ testCaseId: f.testCase.id }),
      needs: "run.start",
    },
    listExecutions: { path: () => `/executions?runId=${f.run.id}`, needs: "run.read" },
    getExecution: { path: ofExecution, needs: "run.read" },
    stopExecution: { path: async () => `/executions/${await newExecution()}/stop`, needs: "run.stop" },
    retryExecution: {
      path: async () => {
        const id = await newExecution();
        await t.call("alice", "POST", `/executions/${id}/stop`);
        return `/executions/${id}/retry`;
      },
      needs: "run.start",
    },
    compareExecutions: {
      path: async () => `${ofExecution()}/compare?to=${await newExecution()}`,
      needs: "run.read",
    },
    getView: { path: () => `${ofExecution()}/view`, needs: "run.read" },
    pauseExecution: { path: async () => `/executions/${await newExecution()}/pause`, needs: "run.control" },
    resumeExecution: {
      path: async () => `/executions/${await makePausedExecution(t)}/resume`,
      needs: "run.control",
    },
    stepExecution: {
      path: async () => `/executions/${await makePausedExecution(t)}/step`,
      needs: "run.control",
    },
    takeInput: {
      path: async () => `/executions/${await makePausedExecution(t)}/input-holder`,
      needs: "run.control",
    },
    giveInput: {
      path: async () => `/executions/${await makePausedExecution(t)}/input-holder`,
      needs: "run.control",
    },
    trySteps: {
      path: async () => `/executions/${await makePausedExecution(t)}/try`,
      body: () => ({ steps: [{ type: "reload" }] }),
      needs: "run.control",
    },
    pickElement: {
      path: async () => `/executions/${await makePausedExecution(t)}/pick`,
      body: () => ({ x: 1, y: 1 }),
      needs: "run.control",
    },
    highlightElements: {
      path: async () => `/executions/${await makePausedExecution(t)}/highlight`,
      body: () => ({ locator: "css=p" }),
      needs: "run.control",
    },
    listAttempts: { path: () => `${ofExecution()}/attempts`, needs: "run.read" },
    listLogs: { path: () => `${ofExecution()}/logs?after=0`, needs: "run.read" },
    listScreenshots: { path: () => `${ofExecution()}/screenshots`, needs: "run.read" },
    listArtifacts: { path: () => `${ofExecution()}/artifacts`, needs: "run.read" },
    getArtifact: { path: () => `/artifacts/${f.artifactId}`, needs: "run.read" },
    getArtifactContent: { path: () => `/artifacts/${f.artifactId}/content`, needs: "run.read" },

    listJobs: { path: () => "/jobs", needs: "jobs.read" },
    getJob: { path: async () => `/jobs/${await jobId()}`, needs: "jobs.read" },
    retryJob: { path: async () => `/jobs/${await makeDeadJob(t)}/retry`, needs: "jobs.manage" },
    cancelJob: {
      path: async () => {
        await newExecution();
        return `/jobs/${await jobId()}/cancel`;
      },
      needs: "jobs.manage",
    },
    replayJobs: {
      path: () => "/jobs/replay",
      body: async () => ({ ids: [await makeDeadJob(t)] }),
      needs: "jobs.manage",
    },
    discardJobs: {
      path: () => "/jobs/discard",
      body: async () => ({ ids: [await makeDeadJob(t)] }),
      needs: "jobs.manage",
    },
    listQueues: { path: () => "/queues", needs: "jobs.read" },
    getThroughput: { path: () => "/queues/throughput?window=1h", needs: "jobs.read" },
    changeQueue: {
      path: () => "/queues/light",
      body: () => ({ paused: false, slotsMax: 50, reason: "the database is slow" }),
      needs: "jobs.manage",
    },
    listShares: { path: () => "/queues/browser/shares", needs: "jobs.read" },
    getShare: { path: () => `/queues/browser/shares/${projectId()}`, needs: "jobs.read" },
    changeShare: {
      path: () => `/queues/browser/shares/${projectId()}`,
      body: () => ({ weight: 3 }),
      needs: "jobs.manage",
    },
    listWorkers: { path: () => "/workers", needs: "jobs.read" },
    setWorkerMode: {
      path: async () => `/workers/${await newWorker()}/mode`,
      body: () => ({ mode: "quiet" }),
      needs: "jobs.manage",
    },
  };
}
