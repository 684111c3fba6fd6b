import { create, fragment } from "xmlbuilder2";
import type { XMLBuilder } from "xmlbuilder2/lib/interfaces.js";
import { sizeOf } from "../matrix.ts";
import type { Attempt } from "../resources.ts";
import { failedAttempts, type Links, nameIn, type ReportedExecution, type RunReport } from "./reported.ts";

/** Texts of pages under test may hold what no XML can; it is left out. */
const options = { invalidCharReplacement: "" };
const terminalColours = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

/**
 * A run as JUnit XML, piece by piece. There is no specification: this follows what testmo/junitxml collected, and Surefire for
 * tests that were tried again. A fault of ours is an `<error>`, never a `<failure>`; what did not run is `<skipped>`; a flaky
 * test passes and tells how it failed.
 */
export async function* junitOf(report: RunReport, links: Links): AsyncGenerator<string> {
  yield openingOf(report, links);
  for await (const page of report.executions) {
    yield page.map((execution) => `${caseOf(report, execution, links)}\n`).join("");
  }
  yield "  </testsuite>\n</testsuites>\n";
}

function openingOf({ run }: RunReport, links: Links): string {
  const { counts } = run;
  const notRun = counts.cancelled + counts.skipped + counts.queued + counts.running;
  const sums = {
    name: run.name,
    tests: Object.values(counts).reduce((sum, count) => sum + count, 0),
    failures: counts.failed,
    errors: counts.error,
    skipped: notRun,
    time: seconds(run.durationMs),
    timestamp: run.startedAt ?? run.createdAt,
  };
  const root = create({ version: "1.0", encoding: "UTF-8", ...options });
  const suite = root.ele("testsuites", { ...sums, id: run.id }).ele("testsuite", { ...sums, id: run.id });
  addProperties(suite, [
    ["url", links.run(run.id)],
    ["status", run.status],
    ["trigger", run.trigger],
  ]);
  // The cases follow one by one: a run may have more of them than should be in memory at once.
  return root.end({ prettyPrint: true }).replace(/\s*<\/testsuite>\s*<\/testsuites>\s*$/, "\n");
}

function caseOf(report: RunReport, execution: ReportedExecution, links: Links): string {
  const { status, durationMs, group } = execution;
  const element = fragment(options).ele("testcase", {
    name: nameIn(report, execution),
    classname: group ? `${report.run.name}.${group}` : report.run.name,
    time: seconds(durationMs),
  });
  addProperties(element, [
    ["url", links.execution(execution.id)],
    ["verdict", status],
    ["browser", execution.browser],
    ["viewport", sizeOf(execution.viewport)],
    ["version", String(execution.version)],
    ["attempts", String(execution.attempt)],
  ]);
  addResult(element, execution);
  return element.end({ prettyPrint: true, offset: 2 }).replace(/^\s*/, "    ");
}

function addProperties(element: XMLBuilder, properties: [name: string, value: string][]): void {
  const list = element.ele("properties");
  for (const [name, value] of properties) list.ele("property", { name, value });
}

function addResult(element: XMLBuilder, execution: ReportedExecution): void {
  const { status, error } = execution;
  if (status === "passed") return;
  if (status === "failed" || status === "error") {
    const [first, ...again] = failedAttempts(execution);
    const name = status === "failed" ? "failure" : "error";
    addFailure(element, name, first?.error ?? error);
    for (const attempt of again)
      addFailure(element, attempt.status === "failed" ? "rerunFailure" : "rerunError", attempt.error);
    return;
  }
  if (status === "flaky") {
    for (const attempt of failedAttempts(execution))
      addFailure(element, attempt.status === "failed" ? "flakyFailure" : "flakyError", attempt.error);
    return;
  }
  element.ele("skipped", { message: error?.message ?? status });
}

type Names = "failure" | "error" | "rerunFailure" | "rerunError" | "flakyFailure" | "flakyError";

function addFailure(element: XMLBuilder, name: Names, failure: Attempt["error"]): void {
  const isOurs = name.toLowerCase().endsWith("error");
  const message = plain(failure?.message ?? "no reason is known");
  const type = isOurs ? `InfraError.${failure?.code ?? "unknown"}` : (failure?.code ?? "unknown");
  const made = element.ele(name, { message, type });
  const step = failure?.step === null || failure === null ? null : `step ${failure.step + 1}`;
  const text = [step, message, failure?.detail && plain(failure.detail)].filter(Boolean).join("\n");
  // Surefire's readers look for the text of a further try in an element of its own.
  if (name === "failure" || name === "error") made.txt(text);
  else made.ele("stackTrace").txt(text);
}

function plain(text: string): string {
  return text.replaceAll(terminalColours, "");
}

function seconds(ms: number | null): string {
  return ((ms ?? 0) / 1_000).toFixed(3);
}
