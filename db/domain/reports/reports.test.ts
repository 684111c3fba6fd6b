import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { validateStrict } from "ctrf";
import { validateXML } from "xmllint-wasm";
import { newId } from "../ids.ts";
import type { Attempt, Run } from "../resources.ts";
import { type ExecutionStatus, executionStatuses } from "../states.ts";
import { ctrfOf } from "./ctrf.ts";
import { junitOf } from "./junit.ts";
import type { Links, ReportedExecution, RunReport } from "./reported.ts";
import { jsonReportOf, reportColumns, reportRowOf } from "./table.ts";

const at = "2026-11-28T10:00:00.000Z";
const links: Links = {
  run: (id) => `https://verdict.test/runs/${id}`,
  execution: (id) => `https://verdict.test/executions/${id}`,
};
/** Text of a page: markup, the end of a CDATA section, terminal colours, what XML can't hold, half a character. */
const hostile = `<b>&"' ]]> ${String.fromCharCode(27)}[31mred ${String.fromCharCode(0, 8)}\u{1f600}${String.fromCharCode(0xd800)}`;

const failure = (step: number | null): Attempt["error"] => ({
  code: "not-visible",
  message: hostile,
  detail: `seen:\n${hostile}`,
  step,
});

function attempt(number: number, status: Attempt["status"]): Attempt {
  const error = status === "passed" ? null : failure(2);
  return { number, status, workerId: null, error, startedAt: at, finishedAt: at, durationMs: 12 };
}

function execution(
  status: ExecutionStatus,
  attempts: Attempt[],
  more: Partial<ReportedExecution> = {},
): ReportedExecution {
  const isOpen = status === "queued" || status === "running";
  return {
    id: newId(),
    runId: run.id,
    projectId: run.projectId,
    organizationId: run.organizationId,
    testCaseId: newId(),
    testCaseName: `a case that is ${status}`,
    group: null,
    version: 3,
    groupVersions: {},
    browser: "chromium",
    viewport: { width: 1280, height: 720 },
    environmentId: null,
    status,
    attempt: attempts.length,
    error: attempts.at(-1)?.error ?? null,
    createdAt: at,
    startedAt: status === "queued" ? null : at,
    finishedAt: isOpen ? null : at,
    durationMs: isOpen ? null : 1_234.5,
    attempts,
    ...more,
  };
}

const run: Run = {
  id: newId(),
  projectId: newId(),
  organizationId: newId(),
  suiteId: null,
  branch: null,
  name: hostile,
  status: "failed",
  counts: { queued: 1, running: 1, passed: 1, failed: 2, flaky: 1, error: 1, cancelled: 1, skipped: 1 },
  trigger: "api",
  createdBy: null,
  revision: 9,
  createdAt: at,
  startedAt: at,
  finishedAt: at,
  durationMs: 4_000,
};

const executions = [
  ...(["queued", "running", "cancelled", "skipped"] as const).map((status) => execution(status, [])),
  execution("passed", [attempt(1, "passed")]),
  execution("flaky", [attempt(1, "failed"), attempt(2, "error"), attempt(3, "passed")]),
  execution("failed", [attempt(1, "failed"), attempt(2, "failed")], { group: hostile }),
  execution("failed", []),
  execution("error", [attempt(1, "error")]),
];

function report(
  hasCells = false,
  pages: ReportedExecution[][] = [executions.slice(0, 4), executions.slice(4)],
): RunReport {
  return {
    run,
    hasCells,
    executions: (async function* () {
      yield* pages;
    })(),
  };
}

async function textOf(pieces: AsyncGenerator<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

it("the executions that these tests are about have every status", () => {
  assert.deepEqual(new Set(executions.map(({ status }) => status)), new Set(executionStatuses));
});

describe("JUnit XML", () => {
  const schema = [
    { fileName: "junit.xsd", contents: readFileSync(new URL("testing/junit.xsd", import.meta.url), "utf8") },
  ];
  const faultsOf = async (contents: string) =>
    (await validateXML({ xml: [{ fileName: "report.xml", contents }], schema })).errors.map(
      ({ message }) => message,
    );

  it("is what its readers expect, whatever stands in the texts, also of a run without executions", async () => {
    assert.deepEqual(await faultsOf(await textOf(junitOf(report(), links))), []);
    assert.deepEqual(await faultsOf(await textOf(junitOf(report(false, []), links))), []);
    // That the schema refuses anything at all.
    assert.notDeepEqual(await faultsOf("<testsuites><testcase/></testsuites>"), []);
  });

  it("calls a fault of ours an error, what did not run skipped, and a flaky test passed with its failures told", async () => {
    const xml = await textOf(junitOf(report(), links));
    const resultOf = (status: string) => {
      const all = xml.split("<testcase ").filter((part) => part.includes(`a case that is ${status}`));
      return all.map((part) =>
        [...part.matchAll(/<(failure|error|skipped|rerun\w+|flaky\w+)[ />]/g)].map(([, name]) => name),
      );
    };
    assert.deepEqual(resultOf("passed"), [[]]);
    assert.deepEqual(resultOf("failed"), [["failure", "rerunFailure"], ["failure"]]);
    assert.deepEqual(resultOf("error"), [["error"]]);
    assert.deepEqual(resultOf("flaky"), [["flakyFailure", "flakyError"]]);
    for (const status of ["cancelled", "skipped", "queued", "running"])
      assert.deepEqual(resultOf(status), [["skipped"]], status);
    assert.match(xml, /type="InfraError\.not-visible"/);
    assert.match(xml, /<testsuites [^>]*tests="9" failures="2" errors="1" skipped="4" time="4\.000"/);
    assert.match(xml, /step 3\n/);
  });
});

describe("CTRF", () => {
  it("is valid to the format's own tool, and each verdict is what the format calls it", async () => {
    const read: unknown = JSON.parse(await textOf(ctrfOf(report(), links, "1.2.3")));
    validateStrict(read);
    const { summary, tests } = read.results;
    assert.deepEqual(
      [summary.tests, summary.passed, summary.failed, summary.other, summary.pending, summary.flaky],
      [9, 2, 2, 2, 2, 1],
    );
    const statuses = tests.map(({ rawStatus, status }) => `${rawStatus} ${status}`);
    assert.ok(
      statuses.includes("error other") && statuses.includes("flaky passed"),
      "no fault of ours is a failure",
    );
    assert.equal(tests.find(({ rawStatus }) => rawStatus === "flaky")?.retryAttempts?.length, 2);
  });

  it("of a run without executions is valid", async () => {
    validateStrict(JSON.parse(await textOf(ctrfOf(report(false, []), links, "1.2.3"))));
  });
});

describe("JSON and a table", () => {
  it("have every execution; the JSON with its attempts", async () => {
    const read = JSON.parse(await textOf(jsonReportOf(report())));
    assert.deepEqual(read, JSON.parse(JSON.stringify({ run, executions })));
    for (const one of executions) {
      const row = reportRowOf(report(), one, links);
      assert.equal(row.length, reportColumns.length);
      assert.equal(row[reportColumns.indexOf("verdict")], one.status);
    }
    const failed = executions.find(({ status }) => status === "flaky");
    assert.ok(failed);
    assert.equal(
      reportRowOf(report(), { ...failed, error: failure(2) }, links)[reportColumns.indexOf("failed step")],
      "3",
    );
    assert.equal(
      reportRowOf(report(), { ...failed, error: failure(null) }, links)[reportColumns.indexOf("failed step")],
      "",
    );
  });
});

it("a name says its browser and viewport only where one test case was run in several", async () => {
  const one = await textOf(junitOf(report(false), links));
  const several = await textOf(junitOf(report(true), links));
  assert.match(one, /name="a case that is passed"/);
  assert.match(several, /name="a case that is passed \[chromium 1280x720\]"/);
});
