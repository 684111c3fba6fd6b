import type { Seed } from "./seed.ts";

export type ListedPage = { name: string; path: string; who: "alice" | "root" | "dora" | null };

/** Every page of the dashboard, full and empty, as the person who would look at it. */
export function pagesOf(seed: Seed): ListedPage[] {
  const { project, empty, testCases, suiteId } = seed;
  const full = `/projects/${project.id}`;
  const organization = `/organizations/${project.organizationId}`;
  const none = `/projects/${empty.id}`;
  const test = `/test-cases/${testCases[0]?.id}`;
  const plain = { who: "alice" } as const;
  return [
    { name: "sign-in", path: "/sign-in?next=/projects", who: null },
    { name: "register", path: "/register", who: null },
    { name: "forgot-password", path: "/forgot-password", who: null },
    { name: "reset-password", path: "/reset-password?token=none", who: null },
    { name: "verify-email", path: "/verify-email?token=none", who: null },
    { name: "account", path: "/account", ...plain },
    { name: "account-security", path: "/account/security", ...plain },
    { name: "account-tokens", path: "/account/tokens", ...plain },
    { name: "account-confirm", path: "/account/confirm?next=/account/security", ...plain },
    { name: "account-2fa", path: "/account/2fa", who: "dora" },
    { name: "installation", path: "/installation", who: "root" },
    { name: "installation-mail", path: `/installation/mail/${seed.mailId}`, who: "root" },
    { name: "projects", path: "/projects", ...plain },
    { name: "projects-archived", path: "/projects?archived=true", ...plain },
    { name: "project-new", path: "/projects/new", ...plain },
    { name: "overview", path: full, ...plain },
    { name: "overview-empty", path: none, ...plain },
    { name: "settings", path: `${full}/settings`, ...plain },
    { name: "settings-viewer", path: `${full}/settings`, who: "dora" },
    { name: "members", path: `${full}/members`, ...plain },
    { name: "members-viewer", path: `${full}/members`, who: "dora" },
    { name: "organization", path: `${organization}/members`, ...plain },
    { name: "organization-viewer", path: `${organization}/members`, who: "dora" },
    { name: "invitations", path: `${organization}/invitations`, ...plain },
    { name: "plan", path: `${organization}/plan`, ...plain },
    { name: "audit", path: `${organization}/audit-logs`, ...plain },
    { name: "audit-filter", path: `${organization}/audit-logs?action=project.&from=2024-01-01`, ...plain },
    { name: "audit-nothing", path: `${organization}/audit-logs?actor=nobody`, ...plain },
    { name: "audit-entry", path: `${organization}/audit-logs/${seed.tenancy.auditId}`, ...plain },
    { name: "invitation", path: `/invitations/accept?token=${seed.tenancy.token}`, who: null },
    { name: "accounts", path: "/users", who: "root" },
    { name: "tenants", path: "/tenants", who: "root" },
    { name: "tenant", path: `/tenants/${project.organizationId}`, who: "root" },
    { name: "audit-installation", path: "/audit-logs", who: "root" },
    { name: "cases", path: `${full}/test-cases`, ...plain },
    { name: "cases-filtered", path: `${full}/test-cases?tag=smoke&priority=critical`, ...plain },
    { name: "cases-nothing", path: `${full}/test-cases?q=nothinglikethis`, ...plain },
    { name: "cases-empty", path: `${none}/test-cases`, ...plain },
    { name: "case-new", path: `${full}/test-cases/new`, ...plain },
    { name: "case-steps", path: `${test}?step=3`, ...plain },
    { name: "case-steps-viewer", path: test, who: "dora" },
    { name: "case-nested", path: `/test-cases/${seed.results.caseId}?step=3.steps.2.else.1`, ...plain },
    { name: "case-nested-viewer", path: `/test-cases/${seed.results.caseId}`, who: "dora" },
    { name: "case-yaml", path: `${test}/yaml`, ...plain },
    { name: "case-versions", path: `${test}/versions?version=2`, ...plain },
    { name: "case-history", path: `${test}/history`, ...plain },
    { name: "groups", path: `${full}/groups`, ...plain },
    { name: "groups-empty", path: `${none}/groups`, ...plain },
    { name: "group-new", path: `${full}/groups/new`, ...plain },
    { name: "group", path: `${full}/groups/${seed.groupId}`, ...plain },
    { name: "group-viewer", path: `${full}/groups/${seed.groupId}`, who: "dora" },
    { name: "import", path: `${full}/import`, ...plain },
    { name: "suites", path: `${full}/suites`, ...plain },
    { name: "suites-empty", path: `${none}/suites`, ...plain },
    { name: "suite-new", path: `${full}/suites/new`, ...plain },
    { name: "suite", path: `/suites/${suiteId}`, ...plain },
    { name: "schedules", path: `${full}/schedules`, ...plain },
    { name: "schedules-empty", path: `${none}/schedules`, ...plain },
    { name: "schedule-new", path: `${full}/schedules/new`, ...plain },
    { name: "schedule", path: `${full}/schedules/${seed.scheduleId}`, ...plain },
    { name: "schedule-busy", path: `${full}/schedules/${seed.busyScheduleId}`, ...plain },
    { name: "schedule-viewer", path: `${full}/schedules/${seed.scheduleId}`, who: "dora" },
    { name: "runs", path: `${full}/runs`, ...plain },
    { name: "runs-empty", path: `${none}/runs`, ...plain },
    { name: "run-failed", path: `/runs/${seed.failedRunId}`, ...plain },
    { name: "run-status", path: `/runs/${seed.failedRunId}?status=passed`, ...plain },
    { name: "run-timeline", path: `/runs/${seed.failedRunId}?timeline=true`, ...plain },
    { name: "run-live", path: `/runs/${seed.liveRunId}`, ...plain },
    { name: "execution-failed", path: `/executions/${seed.failedId}`, ...plain },
    { name: "execution-step", path: `/executions/${seed.failedId}?step=6&tab=errors`, ...plain },
    { name: "execution-error", path: `/executions/${seed.errorId}`, ...plain },
    { name: "execution-flaky", path: `/executions/${seed.flakyId}`, ...plain },
    { name: "execution-live", path: `/executions/${seed.liveId}`, ...plain },
    { name: "execution-queued", path: `/executions/${seed.queuedId}`, ...plain },
    { name: "execution-nested", path: `/executions/${seed.results.nestedId}`, ...plain },
    {
      name: "execution-window",
      path: `/executions/${seed.results.nestedId}?from=500&to=2500&tab=network`,
      ...plain,
    },
    {
      name: "execution-filter",
      path: `/executions/${seed.results.nestedId}?q=cart&view=action&tab=files`,
      ...plain,
    },
    { name: "execution-huge", path: `/executions/${seed.results.hugeId}`, ...plain },
    { name: "compare", path: `/executions/${seed.results.nestedId}/compare`, ...plain },
    { name: "compare-none", path: `/executions/${seed.results.greenId}/compare`, ...plain },
    {
      name: "compare-huge",
      path: `/executions/${seed.results.hugeId}/compare?to=${seed.results.hugeBaseId}`,
      ...plain,
    },
    ...snapshotPages(seed),
    { name: "wall", path: `${full}/wall`, ...plain },
    { name: "wall-empty", path: `${none}/wall`, ...plain },
    { name: "jobs", path: "/jobs", who: "root" },
    { name: "jobs-day", path: "/jobs?window=24h&kind=execution", who: "root" },
    { name: "jobs-state", path: "/jobs?state=scheduled", who: "root" },
    { name: "jobs-dead", path: "/jobs?state=dead&acted=discard&count=12&left=3", who: "root" },
    { name: "jobs-nothing", path: "/jobs?state=dead&q=nothinglikethis", who: "root" },
    { name: "job", path: `/jobs/${seed.jobId}`, who: "root" },
    { name: "job-running", path: `/jobs/${seed.runningJobId}`, who: "root" },
    { name: "job-retry", path: `/jobs/${seed.retryJobId}`, who: "root" },
    { name: "job-dead", path: `/jobs/${seed.deadJobId}`, who: "root" },
    { name: "queue", path: "/queues/browser?window=1h", who: "root" },
    { name: "queue-share", path: `/queues/browser/shares/${project.id}`, who: "root" },
    { name: "queue-limited", path: "/queues/light", who: "root" },
    { name: "workers", path: "/workers", who: "root" },
    { name: "worker", path: `/workers/${seed.workerId}`, who: "root" },
    { name: "not-found", path: "/runs/00000000-0000-7000-8000-000000000000", ...plain },
    { name: "refused", path: "/jobs", ...plain },
  ];
}

/** Pictures that wait, are looked at, hold. */
function snapshotPages({ snapshots, empty }: Seed): ListedPage[] {
  const { projectId, runId } = snapshots;
  const list = `/projects/${projectId}/snapshots`;
  const baselines = `/projects/${projectId}/baselines`;
  const plain = { who: "alice" } as const;
  const different = `${list}/${snapshots.differentId}`;
  return [
    { name: "snapshots-run", path: `${list}?run=${runId}`, ...plain },
    { name: "snapshots-empty", path: `/projects/${empty.id}/snapshots`, ...plain },
    { name: "snapshot-slider", path: `${different}?view=slider`, ...plain },
    { name: "snapshot-blink", path: `${different}?view=blink`, ...plain },
    { name: "snapshot-difference", path: `${different}?view=difference`, ...plain },
    { name: "snapshot-new", path: `${list}/${snapshots.newId}`, ...plain },
    { name: "snapshot-rejected", path: `${list}/${snapshots.rejectedId}`, ...plain },
    { name: "snapshot-viewer", path: different, who: "dora" },
    { name: "baselines", path: baselines, ...plain },
    { name: "baseline-old", path: `${baselines}/${snapshots.oldBaselineId}`, ...plain },
    { name: "execution-snapshot", path: `/executions/${snapshots.executionId}`, ...plain },
  ];
}
