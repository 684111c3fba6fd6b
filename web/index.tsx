import { Hono } from "hono";
import type { WebDeps, WebEnv } from "./env.ts";
import { accountRoutes } from "./routes/account.tsx";
import { accountDetailRoutes } from "./routes/account-detail.tsx";
import { accountSecurityRoutes } from "./routes/account-security.tsx";
import { auditRoutes } from "./routes/audit.tsx";
import { doorRoutes } from "./routes/door.tsx";
import { executionFactRoutes } from "./routes/execution-facts.tsx";
import { executionRoutes } from "./routes/executions.tsx";
import { groupRoutes } from "./routes/groups.tsx";
import { importRoutes } from "./routes/import.tsx";
import { installationRoutes } from "./routes/installation.tsx";
import { invitationRoutes } from "./routes/invitations.tsx";
import { jobRoutes } from "./routes/jobs.tsx";
import { liveViewRoutes } from "./routes/live-views.tsx";
import { organizationSettingsRoutes } from "./routes/organization-settings.tsx";
import { organizationRoutes } from "./routes/organizations.tsx";
import { ownAccountRoutes } from "./routes/own-account.tsx";
import { platformRoutes } from "./routes/platform.tsx";
import { projectMemberRoutes } from "./routes/project-members.tsx";
import { projectRoutes } from "./routes/projects.tsx";
import { queueRoutes } from "./routes/queues.tsx";
import { replayRoutes } from "./routes/replay.tsx";
import { runRoutes } from "./routes/runs.tsx";
import { scheduleRoutes } from "./routes/schedules.tsx";
import { settingsRoutes } from "./routes/settings.tsx";
import { singleSignOnRoutes } from "./routes/single-sign-on.tsx";
import { snapshotRoutes } from "./routes/snapshots.tsx";
import { suitePageRoutes } from "./routes/suite.tsx";
import { suiteRoutes } from "./routes/suites.tsx";
import { testCaseRoutes } from "./routes/test-case.tsx";
import { testCasePastRoutes } from "./routes/test-case-past.tsx";
import { testCaseYamlRoutes } from "./routes/test-case-yaml.tsx";
import { testCaseListRoutes } from "./routes/test-cases.tsx";
import { tryStepRoutes } from "./routes/try-steps.tsx";
import { workerRoutes } from "./routes/workers.tsx";
import { openSite, type Site } from "./site.tsx";

export type { WebDeps, WebEnv } from "./env.ts";
export { type ErrorPage, errorPage, errorPart } from "./errors.tsx";

/** Every page of the dashboard: one file, one line. */
const routes: readonly ((site: Site) => Hono<WebEnv>)[] = [
  accountRoutes,
  doorRoutes,
  ownAccountRoutes,
  accountSecurityRoutes,
  singleSignOnRoutes,
  invitationRoutes,
  organizationRoutes,
  organizationSettingsRoutes,
  auditRoutes,
  platformRoutes,
  accountDetailRoutes,
  projectMemberRoutes,
  projectRoutes,
  settingsRoutes,
  importRoutes,
  testCaseListRoutes,
  testCaseRoutes,
  testCaseYamlRoutes,
  testCasePastRoutes,
  groupRoutes,
  suiteRoutes,
  suitePageRoutes,
  scheduleRoutes,
  runRoutes,
  executionRoutes,
  executionFactRoutes,
  snapshotRoutes,
  liveViewRoutes,
  tryStepRoutes,
  replayRoutes,
  jobRoutes,
  queueRoutes,
  workerRoutes,
  installationRoutes,
];

/**
 * The dashboard. Errors are thrown on to the application it is mounted in, which answers with `errorPage`; static files are
 * that application's too.
 */
export function createWeb(deps: WebDeps): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  const site = openSite(deps);
  for (const make of routes) app.route("/", make(site));
  return app;
}
