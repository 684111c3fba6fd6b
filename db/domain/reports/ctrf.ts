import type { Execution, Run } from "../resources.ts";
import { failedAttempts, type Links, nameIn, type ReportedExecution, type RunReport } from "./reported.ts";

/** Common Test Report Format, https://ctrf.io: what is not in it stands below `extra`, in a name of ours. */
const specVersion = "0.0.0";

/** How CTRF says a verdict. What says nothing about the page under test is `other`, what has not ended `pending`. */
const statuses = {
  queued: "pending",
  running: "pending",
  passed: "passed",
  flaky: "passed",
  failed: "failed",
  error: "other",
  cancelled: "other",
  skipped: "skipped",
} as const satisfies Record<Execution["status"], string>;

/** A run as CTRF, piece by piece. */
export async function* ctrfOf(report: RunReport, links: Links, version: string): AsyncGenerator<string> {
  const { run } = report;
  const head = {
    reportFormat: "CTRF",
    specVersion,
    reportId: run.id,
    timestamp: run.createdAt,
    generatedBy: "Verdict",
  };
  const results = { tool: { name: "Verdict", version }, summary: summaryOf(run) };
  yield `${JSON.stringify(head).slice(0, -1)},"results":${JSON.stringify(results).slice(0, -1)},"tests":[`;
  let before = "\n";
  for await (const page of report.executions) {
    for (const execution of page) {
      yield before + JSON.stringify(testOf(report, execution, links));
      before = ",\n";
    }
  }
  const environment = { reportName: run.name, buildUrl: links.run(run.id) };
  const extra = { verdict: { runId: run.id, status: run.status, trigger: run.trigger } };
  yield `\n],"environment":${JSON.stringify(environment)},"extra":${JSON.stringify(extra)}}}\n`;
}

function summaryOf({ counts, createdAt, startedAt, finishedAt, durationMs }: Run) {
  const start = Date.parse(startedAt ?? createdAt);
  return {
    tests: Object.values(counts).reduce((sum, count) => sum + count, 0),
    passed: counts.passed + counts.flaky,
    failed: counts.failed,
    skipped: counts.skipped,
    pending: counts.queued + counts.running,
    other: counts.error + counts.cancelled,
    flaky: counts.flaky,
    start,
    stop: finishedAt ? Date.parse(finishedAt) : start,
    duration: Math.round(durationMs ?? 0),
  };
}

function testOf(report: RunReport, execution: ReportedExecution, links: Links) {
  const failed = failedAttempts(execution);
  const { id, testCaseId, status, startedAt, finishedAt, durationMs, error, group, browser, viewport } =
    execution;
  return {
    testId: testCaseId,
    executionId: id,
    name: nameIn(report, execution),
    status: statuses[status],
    rawStatus: status,
    duration: Math.round(durationMs ?? 0),
    ...(startedAt && { start: Date.parse(startedAt) }),
    ...(finishedAt && { stop: Date.parse(finishedAt) }),
    suite: group ? [report.run.name, group] : [report.run.name],
    ...(error && { message: error.message }),
    ...(error?.detail && { trace: error.detail }),
    type: "e2e",
    browser,
    flaky: status === "flaky",
    retries: Math.max(0, execution.attempts.length - 1),
    ...(failed.length > 0 && { retryAttempts: failed.map(attemptOf) }),
    extra: {
      verdict: { url: links.execution(id), version: execution.version, viewport, step: error?.step ?? null },
    },
  };
}

function attemptOf(attempt: ReportedExecution["attempts"][number]) {
  const { number, status, startedAt, finishedAt, durationMs, error } = attempt;
  return {
    attempt: number,
    status: status === "failed" ? "failed" : "other",
    duration: Math.round(durationMs ?? 0),
    start: Date.parse(startedAt),
    ...(finishedAt && { stop: Date.parse(finishedAt) }),
    ...(error && { message: error.message }),
    ...(error?.detail && { trace: error.detail }),
  };
}
