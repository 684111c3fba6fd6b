import type { Seed } from "./seed.ts";

export type ListedPage = { name: string; path: string; who: "alice" | "root" | "dora" | null };

/** Every page of the dashboard, full and empty, as the person who would look at it. */
export function pagesOf(seed: Seed): ListedPage[] {
  const { project, empty, testCases, suiteId } = seed;
  const full = `/projects/${project.id}`;
  const none = `/projects/${empty.id}`;
  const test = `/test-cases/${testCases[0]?.id}`;
  const plain = { who: "alice" } as const;
  return [
    { name: "sign-in", path: "/sign-in?next=/projects", who: null },
    { name: "projects", path: "/projects", ...plain },
    { name: "projects-archived", path: "/projects?archived=true", ...plain },
    { name: "project-new", path: "/projects/new", ...plain },
    { name: "overview", path: full, ...plain },
    { name: "overview-empty", path: none, ...plain },
    { name: "settings", path: `${full}/settings`, ...plain },
    { name: "settings-viewer", path: `${full}/settings`, who: "dora" },
    { name: "cases", path: `${full}/test-cases`, ...plain },
    { name: "cases-filtered", path: `${full}/test-cases?tag=smoke&priority=critical`, ...plain },
    { name: "cases-nothing", path: `${full}/test-cases?q=nothinglikethis`, ...plain },
    { name: "cases-empty", path: `${none}/test-cases`, ...plain },
    { name: "case-new", path: `${full}/test-cases/new`, ...plain },
    { name: "case-steps", path: `${test}?step=3`, ...plain },
    { name: "case-steps-viewer", path: test, who: "dora" },
    { name: "case-yaml", path: `${test}/yaml`, ...plain },
    { name: "case-versions", path: `${test}/versions?version=2`, ...plain },
    { name: "case-history", path: `${test}/history`, ...plain },
    { name: "import", path: `${full}/import`, ...plain },
    { name: "suites", path: `${full}/suites`, ...plain },
    { name: "suites-empty", path: `${none}/suites`, ...plain },
    { name: "suite-new", path: `${full}/suites/new`, ...plain },
    { name: "suite", path: `/suites/${suiteId}`, ...plain },
    { name: "runs", path: `${full}/runs`, ...plain },
    { name: "runs-empty", path: `${none}/runs`, ...plain },
    { name: "run-failed", path: `/runs/${seed.failedRunId}`, ...plain },
    { name: "run-status", path: `/runs/${seed.failedRunId}?status=passed`, ...plain },
    { name: "run-live", path: `/runs/${seed.liveRunId}`, ...plain },
    { name: "execution-failed", path: `/executions/${seed.failedId}`, ...plain },
    { name: "execution-step", path: `/executions/${seed.failedId}?step=6&tab=errors`, ...plain },
    { name: "execution-error", path: `/executions/${seed.errorId}`, ...plain },
    { name: "execution-flaky", path: `/executions/${seed.flakyId}`, ...plain },
    { name: "execution-live", path: `/executions/${seed.liveId}`, ...plain },
    { name: "execution-queued", path: `/executions/${seed.queuedId}`, ...plain },
    { name: "wall", path: `${full}/wall`, ...plain },
    { name: "wall-empty", path: `${none}/wall`, ...plain },
    { name: "jobs", path: "/jobs", who: "root" },
    { name: "jobs-state", path: "/jobs?state=scheduled", who: "root" },
    { name: "job", path: `/jobs/${seed.jobId}`, who: "root" },
    { name: "workers", path: "/workers", who: "root" },
    { name: "not-found", path: "/runs/00000000-0000-7000-8000-000000000000", ...plain },
    { name: "refused", path: "/jobs", ...plain },
  ];
}
