import { Hono } from "hono";
import type { AppDeps, AppEnv } from "../deps.ts";
import { accountRoutes } from "./account.ts";
import { accountSecurityRoutes } from "./account-security.ts";
import { artifactRoutes } from "./artifacts.ts";
import { auditRoutes } from "./audit.ts";
import { authRoutes } from "./auth.ts";
import { baselineRoutes } from "./baselines.ts";
import type { Api } from "./endpoint.ts";
import { executionRoutes } from "./executions.ts";
import { groupRoutes } from "./groups.ts";
import { installationRoutes } from "./installation.ts";
import { invitationRoutes } from "./invitations.ts";
import { jobRoutes } from "./jobs.ts";
import { liveViewRoutes } from "./live-views.ts";
import { memberRoutes } from "./members.ts";
import { Once } from "./once.ts";
import { organizationRoutes } from "./organizations.ts";
import { planRoutes } from "./plans.ts";
import { platformRoutes } from "./platform.ts";
import { projectRoutes } from "./projects.ts";
import { queueRoutes } from "./queues.ts";
import { runReportRoutes } from "./run-reports.ts";
import { runRoutes } from "./runs.ts";
import { scheduleRoutes } from "./schedules.ts";
import { signOnRoutes } from "./sign-on.ts";
import { testCaseFileRoutes } from "./test-case-files.ts";
import { testCaseRoutes } from "./test-cases.ts";
import { testSuiteRoutes } from "./test-suites.ts";
import { versionRoutes } from "./versions.ts";
import { workerRoutes } from "./workers.ts";

/** Every noun of the API: one file, one line. */
const nouns: readonly ((api: Api) => void)[] = [
  authRoutes,
  accountRoutes,
  accountSecurityRoutes,
  signOnRoutes,
  organizationRoutes,
  memberRoutes,
  invitationRoutes,
  planRoutes,
  auditRoutes,
  platformRoutes,
  projectRoutes,
  testCaseFileRoutes,
  testCaseRoutes,
  versionRoutes,
  testSuiteRoutes,
  groupRoutes,
  scheduleRoutes,
  runRoutes,
  runReportRoutes,
  executionRoutes,
  liveViewRoutes,
  artifactRoutes,
  baselineRoutes,
  jobRoutes,
  queueRoutes,
  workerRoutes,
  installationRoutes,
];

/** Everything below `/api/v1`. */
export function createApi(deps: AppDeps): Api {
  const api: Api = { router: new Hono<AppEnv>(), deps, endpoints: [], once: new Once() };
  for (const add of nouns) add(api);
  return api;
}
