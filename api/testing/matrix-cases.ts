import { newId } from "../../db/domain/ids.ts";
import { registerWorker } from "../../db/outbox/workers.ts";
import { executeTestCase } from "../../db/services/runs.ts";
import { putSecret } from "../../db/services/secrets.ts";
import { makeEnvironment, makeTestCase } from "../../db/testing/factories.ts";
import { accountCases } from "./account-cases.ts";
import type { Person, TestApp } from "./app.ts";
import { type Fixture, makeDeadJob, makePausedExecution } from "./fixture.ts";

/**
 * How each endpoint is called so that it succeeds, and what people get who may less. `stranger` is a user of another
 * organization; `viewer` one of this organization who may only read.
 */
export type Case = {
  path: () => string | Promise<string>;
  body?: () => unknown | Promise<unknown>;
  as?: Person;
  stranger: 200 | 201 | 204 | 403 | 404;
  viewer: 200 | 201 | 202 | 204 | 403 | 404;
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
  const reading = { stranger: 404, viewer: 200 } as const;
  const writing = { stranger: 404, viewer: 403 } as const;
  const ofTheInstallation = { as: "root", stranger: 403, viewer: 403 } as const;
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

    listOrganizations: { path: () => "/organizations", stranger: 200, viewer: 200 },
    createOrganization: {
      path: () => "/organizations",
      body: () => ({ name: newId() }),
      stranger: 201,
      viewer: 201,
    },
    getOrganization: { path: inA, ...reading },
    updateOrganization: { path: inA, body: () => ({ name: "Renamed" }), ...writing },
    listMembers: { path: () => `${inA()}/members`, ...reading },

    listProjects: { path: () => "/projects", stranger: 200, viewer: 200 },
    createProject: {
      path: () => "/projects",
      body: () => ({ organizationId: t.world.a.id, name: newId() }),
      ...writing,
    },
    getProject: { path: inProject, ...reading },
    updateProject: { path: inProject, body: () => ({ name: "Renamed" }), ...writing },
    listEnvironments: { path: () => `${inProject()}/environments`, ...reading },
    createEnvironment: {
      path: () => `${inProject()}/environments`,
      body: () => ({ name: newId() }),
      ...writing,
    },
    updateEnvironment: {
      path: async () => `/environments/${await newEnvironment()}`,
      body: () => ({ variables: { plan: "pro" } }),
      ...writing,
    },
    deleteEnvironment: { path: async () => `/environments/${await newEnvironment()}`, ...writing },
    listSecrets: { path: () => `${inProject()}/secrets`, ...reading },
    putSecret: {
      path: () => `${inProject()}/secrets`,
      body: () => ({ name: "password", value: "a secret value" }),
      ...writing,
    },
    deleteSecret: {
      path: async () => {
        await putSecret(t.world.as.alice, projectId(), { name: "gone", value: "a secret value" });
        return `${inProject()}/secrets/gone`;
      },
      ...writing,
    },

    importTestCase: {
      path: () => "/test-cases/import",
      body: () => ({
        projectId: projectId(),
        content: { title: newId(), steps: [{ type: "navigate", url: "https://example.com/" }] },
      }),
      ...writing,
    },
    exportTestCase: { path: () => `${ofCase()}/export?format=yaml`, ...reading },
    listTestCases: { path: () => `/test-cases?projectId=${projectId()}`, ...reading },
    createTestCase: {
      path: () => "/test-cases",
      body: () => ({ projectId: projectId(), name: newId(), steps: [{ type: "goto", url: "/" }] }),
      ...writing,
    },
    getTestCase: { path: ofCase, ...reading },
    updateTestCase: { path: ofCase, body: () => ({ priority: "high" }), ...writing },
    archiveTestCase: { path: async () => `/test-cases/${await newCase()}`, ...writing },
    cloneTestCase: { path: () => `${ofCase()}/clone`, ...writing },
    listVersions: { path: () => `${ofCase()}/versions`, ...reading },
    getVersion: { path: () => `${ofCase()}/versions/1`, ...reading },
    restoreVersion: { path: () => `${ofCase()}/versions/1/restore`, ...writing },

    listTestSuites: { path: () => `/test-suites?projectId=${projectId()}`, ...reading },
    createTestSuite: {
      path: () => "/test-suites",
      body: () => ({ projectId: projectId(), name: newId(), testCaseIds: [f.testCase.id] }),
      ...writing,
    },
    getTestSuite: { path: ofSuite, ...reading },
    updateTestSuite: { path: ofSuite, body: () => ({ retries: 1 }), ...writing },
    deleteTestSuite: { path: async () => `/test-suites/${await newSuite()}`, ...writing },
    listTestSuiteCases: { path: () => `${ofSuite()}/cases`, ...reading },
    executeTestSuite: { path: () => `${ofSuite()}/execute`, body: () => ({}), ...writing },

    listGroups: { path: () => `${inProject()}/groups`, ...reading },
    createGroup: { path: () => `${inProject()}/groups`, body: newGroup, ...writing },
    getGroup: { path: ofGroup, ...reading },
    updateGroup: { path: ofGroup, body: () => ({ description: "x" }), ...writing },
    deleteGroup: { path: ofGroup, ...writing },
    listGroupVersions: { path: async () => `${await ofGroup()}/versions`, ...reading },
    listGroupUsages: { path: async () => `${await ofGroup()}/usages`, ...reading },
    listSchedules: { path: () => `${inProject()}/schedules`, ...reading },
    createSchedule: { path: () => `${inProject()}/schedules`, body: newSchedule, ...writing },
    previewSchedule: { path: () => `${inProject()}/schedules/preview?cron=@daily`, ...reading },
    getSchedule: { path: ofSchedule, ...reading },
    updateSchedule: { path: ofSchedule, body: () => ({ cron: "@hourly" }), ...writing },
    deleteSchedule: { path: ofSchedule, ...writing },
    listScheduleTicks: { path: async () => `${await ofSchedule()}/ticks`, ...reading },
    listTickHours: { path: async () => `${await ofSchedule()}/hours`, ...reading },
    pauseSchedule: { path: async () => `${await ofSchedule()}/pause`, ...writing },
    resumeSchedule: { path: async () => `${await ofSchedule()}/resume`, ...writing },
    runScheduleNow: { path: async () => `${await ofSchedule()}/run-now`, ...writing },

    listRuns: { path: () => `/runs?projectId=${projectId()}`, ...reading },
    getRun: { path: ofRun, ...reading },
    listRunExecutions: { path: () => `${ofRun()}/executions`, ...reading },
    stopRun: { path: async () => `/runs/${await newRun()}/stop`, ...writing },
    retryRun: {
      path: async () => {
        const id = await newRun();
        await t.call("alice", "POST", `/runs/${id}/stop`);
        return `/runs/${id}/retry`;
      },
      body: () => ({ failedOnly: false }),
      ...writing,
    },

    executeTestCase: { path: () => "/executions", body: () => ({ testCaseId: f.testCase.id }), ...writing },
    listExecutions: { path: () => `/executions?runId=${f.run.id}`, ...reading },
    getExecution: { path: ofExecution, ...reading },
    stopExecution: { path: async () => `/executions/${await newExecution()}/stop`, ...writing },
    retryExecution: {
      path: async () => {
        const id = await newExecution();
        await t.call("alice", "POST", `/executions/${id}/stop`);
        return `/executions/${id}/retry`;
      },
      ...writing,
    },
    compareExecutions: {
      path: async () => `${ofExecution()}/compare?to=${await newExecution()}`,
      ...reading,
    },
    getView: { path: () => `${ofExecution()}/view`, ...reading },
    pauseExecution: { path: async () => `/executions/${await newExecution()}/pause`, ...writing },
    resumeExecution: { path: async () => `/executions/${await makePausedExecution(t)}/resume`, ...writing },
    stepExecution: { path: async () => `/executions/${await makePausedExecution(t)}/step`, ...writing },
    takeInput: { path: async () => `/executions/${await makePausedExecution(t)}/input-holder`, ...writing },
    giveInput: { path: async () => `/executions/${await makePausedExecution(t)}/input-holder`, ...writing },
    trySteps: {
      path: async () => `/executions/${await makePausedExecution(t)}/try`,
      body: () => ({ steps: [{ type: "reload" }] }),
      ...writing,
    },
    pickElement: {
      path: async () => `/executions/${await makePausedExecution(t)}/pick`,
      body: () => ({ x: 1, y: 1 }),
      ...writing,
    },
    highlightElements: {
      path: async () => `/executions/${await makePausedExecution(t)}/highlight`,
      body: () => ({ locator: "css=p" }),
      ...writing,
    },
    listAttempts: { path: () => `${ofExecution()}/attempts`, ...reading },
    listLogs: { path: () => `${ofExecution()}/logs?after=0`, ...reading },
    listScreenshots: { path: () => `${ofExecution()}/screenshots`, ...reading },
    listArtifacts: { path: () => `${ofExecution()}/artifacts`, ...reading },
    getArtifact: { path: () => `/artifacts/${f.artifactId}`, ...reading },
    getArtifactContent: { path: () => `/artifacts/${f.artifactId}/content`, ...reading },

    listJobs: { path: () => "/jobs", ...ofTheInstallation },
    getJob: { path: async () => `/jobs/${await jobId()}`, ...ofTheInstallation },
    retryJob: { path: async () => `/jobs/${await makeDeadJob(t)}/retry`, ...ofTheInstallation },
    cancelJob: {
      path: async () => {
        await newExecution();
        return `/jobs/${await jobId()}/cancel`;
      },
      ...ofTheInstallation,
    },
    replayJobs: {
      path: () => "/jobs/replay",
      body: async () => ({ ids: [await makeDeadJob(t)] }),
      ...ofTheInstallation,
    },
    discardJobs: {
      path: () => "/jobs/discard",
      body: async () => ({ ids: [await makeDeadJob(t)] }),
      ...ofTheInstallation,
    },
    listQueues: { path: () => "/queues", ...ofTheInstallation },
    getThroughput: { path: () => "/queues/throughput?window=1h", ...ofTheInstallation },
    changeQueue: {
      path: () => "/queues/light",
      body: () => ({ paused: false, slotsMax: 50, reason: "the database is slow" }),
      ...ofTheInstallation,
    },
    listShares: { path: () => "/queues/browser/shares", ...ofTheInstallation },
    getShare: { path: () => `/queues/browser/shares/${projectId()}`, ...ofTheInstallation },
    changeShare: {
      path: () => `/queues/browser/shares/${projectId()}`,
      body: () => ({ weight: 3 }),
      ...ofTheInstallation,
    },
    listWorkers: { path: () => "/workers", ...ofTheInstallation },
    setWorkerMode: {
      path: async () => `/workers/${await newWorker()}/mode`,
      body: () => ({ mode: "quiet" }),
      ...ofTheInstallation,
    },
  };
}
