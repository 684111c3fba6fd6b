import { sizeOf } from "../matrix.ts";
import type { Links, ReportedExecution, RunReport } from "./reported.ts";

/** A run as the JSON of the API: the run, and its executions each with its attempts; piece by piece. */
export async function* jsonReportOf({ run, executions }: RunReport): AsyncGenerator<string> {
  yield `{"run":${JSON.stringify(run)},"executions":[`;
  let before = "\n";
  for await (const page of executions) {
    for (const execution of page) {
      yield before + JSON.stringify(execution);
      before = ",\n";
    }
  }
  yield "\n]}\n";
}

/** The columns of a table with a row for each execution. */
export const reportColumns = [
  "run",
  "group",
  "test case",
  "version",
  "browser",
  "viewport",
  "verdict",
  "attempts",
  "duration ms",
  "started at",
  "finished at",
  "failed step",
  "error code",
  "error",
  "url",
] as const;

/** The cells of a row, in the order of `reportColumns`. */
export function reportRowOf({ run }: RunReport, execution: ReportedExecution, links: Links): string[] {
  const { group, testCaseName, version, browser, viewport, status, attempt, durationMs, error } = execution;
  const cells = [
    run.name,
    group,
    testCaseName,
    version,
    browser,
    sizeOf(viewport),
    status,
    attempt,
    durationMs,
    execution.startedAt,
    execution.finishedAt,
    error?.step === null || error === null ? null : error.step + 1,
    error?.code,
    error?.message,
    links.execution(execution.id),
  ];
  return cells.map((cell) => (cell === null || cell === undefined ? "" : String(cell)));
}
