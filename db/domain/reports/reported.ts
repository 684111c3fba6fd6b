import { sizeOf } from "../matrix.ts";
import type { Attempt, Execution, Run } from "../resources.ts";

/** The forms in which the results of a run are given to other tools. */
export const reportFormats = ["json", "csv", "junit", "ctrf"] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** An execution with all that was tried of it, the first try first. */
export type ReportedExecution = Execution & { attempts: Attempt[] };

/** A run as its report tells of it: what is known at once, and its executions page by page, in their order. */
export type RunReport = {
  run: Run;
  /** Whether one test case was run in several browsers or viewports: then its name alone does not say which of them is meant. */
  hasCells: boolean;
  executions: AsyncGenerator<ReportedExecution[]>;
};

/** Where a person sees what a report tells of. */
export type Links = { run(id: string): string; execution(id: string): string };

/** What a test is called among those of its run: with its browser and viewport where it was run in several. */
export function nameIn(
  { hasCells }: RunReport,
  { testCaseName, browser, viewport }: ReportedExecution,
): string {
  return hasCells ? `${testCaseName} [${browser} ${sizeOf(viewport)}]` : testCaseName;
}

/** The tries that did not pass, the first one first. */
export function failedAttempts({ attempts }: ReportedExecution): Attempt[] {
  return attempts.filter(({ status }) => status === "failed" || status === "error");
}
