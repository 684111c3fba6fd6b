import type { Viewport } from "../../db/domain/matrix.ts";
import type { Run } from "../../db/domain/resources.ts";
import { isFinal, type RunStatus } from "../../db/domain/states.ts";
import type { BrowserName } from "../../db/domain/steps/definition.ts";
import type { Client } from "../client.ts";
import { type Cli, type GlobalOptions, openClient } from "../context.ts";
import { CliFailure, type ExitCode, UsageFailure } from "../failure.ts";
import { followRun, type Progress } from "../follow.ts";
import { openReporter, summaryOf } from "../progress-lines.ts";
import { findProject, type ProjectOptions } from "../projects.ts";
import { ProjectSync, readTestFile, type TestFile } from "../sync.ts";
import { type ReportTo, writeReports } from "./report.ts";

export type RunOptions = GlobalOptions &
  ProjectOptions & {
    suite?: string;
    case?: string;
    baseUrl?: string;
    var?: Record<string, string>;
    retries?: number;
    browser?: BrowserName[];
    viewport?: Viewport[];
    branch?: string;
    device?: string;
    wait?: boolean;
    report?: ReportTo[];
  };

/**
 * Runs files, a suite or a case, and waits for the end.
 * @returns 0 when everything is green, 1 when a test failed, 2 when something else went wrong
 */
export async function run(cli: Cli, files: readonly string[], options: RunOptions): Promise<ExitCode> {
  const sources = [files.length > 0, options.suite !== undefined, options.case !== undefined];
  if (sources.filter(Boolean).length !== 1) {
    throw new UsageFailure("say what to run: files, --suite ID or --case ID, one of them");
  }
  if (options.wait === false && options.report) {
    throw new UsageFailure(
      "--report tells how a run has ended: leave out --no-wait, or take verdict report later",
    );
  }
  // All files are read before anything is changed.
  const tests = await Promise.all(files.map(readTestFile));
  const client = await openClient(cli, options);
  const runIds = await start(cli, client, tests, options);
  if (options.wait === false) {
    if (options.json) cli.print(JSON.stringify({ runIds }));
    else for (const id of runIds) cli.print(client.pageOf(`/runs/${id}`));
    return 0;
  }
  const ended = await followAll(cli, client, runIds, options.json === true);
  await writeReports(cli, client, runIds, options.report ?? []);
  return conclude(cli, client, ended, options.json === true);
}

async function start(
  cli: Cli,
  client: Client,
  tests: readonly TestFile[],
  options: RunOptions,
): Promise<string[]> {
  const { retries, var: variables, browser: browsers, viewport: viewports, branch, device } = options;
  const how = {
    ...(retries !== undefined && { retries }),
    ...(variables && { variables }),
    ...(browsers && { browsers }),
    ...(viewports && { viewports }),
    ...(branch && { branch }),
    ...(device && { device }),
  };
  if (options.suite !== undefined) {
    return [(await client.post<Run>(`/test-suites/${options.suite}/execute`, how)).id];
  }
  if (options.case !== undefined) {
    return [(await client.post<Run>("/runs", { ...how, testCaseId: options.case })).id];
  }
  const project = await findProject(cli, client, options);
  const sync = new ProjectSync(client, project);
  const runIds: string[] = [];
  for (const test of tests) runIds.push(await startFile(cli, client, sync, test, options, how));
  return runIds;
}

type How = {
  retries?: number;
  variables?: Record<string, string>;
  browsers?: BrowserName[];
  viewports?: Viewport[];
  branch?: string;
  device?: string;
};

async function startFile(
  cli: Cli,
  client: Client,
  sync: ProjectSync,
  test: TestFile,
  options: RunOptions,
  how: How,
): Promise<string> {
  if (test.kind === "case") {
    const { id } = await sync.putCase(test.content);
    const { baseUrl } = options;
    const environment = baseUrl ? await sync.putEnvironment("Command line", baseUrl) : null;
    const environmentId = environment?.id;
    const body = { ...how, testCaseId: id, ...(environmentId && { environmentId }) };
    return (await client.post<Run>("/runs", body)).id;
  }
  const { suite } = test;
  await sync.provideSecrets(suite.secrets, cli.env);
  const baseUrl = options.baseUrl ?? suite.baseUrl;
  const environment = baseUrl ? await sync.putEnvironment(suite.name, baseUrl) : null;
  const { id } = await sync.putSuite(suite, environment?.id ?? null);
  const variables = { ...suite.variables, ...how.variables };
  return (await client.post<Run>(`/test-suites/${id}/execute`, { ...how, variables })).id;
}

/** Ctrl-C stops the runs and waits for that; a second one gives up. */
async function followAll(
  cli: Cli,
  client: Client,
  runIds: readonly string[],
  isQuiet: boolean,
): Promise<Progress[]> {
  const reporter = openReporter(cli, isQuiet);
  const giveUp = new AbortController();
  let isStopping = false;
  const interrupt = () => {
    if (isStopping) giveUp.abort(new CliFailure("given up; what was started may still run"));
    isStopping = true;
    cli.note("Stopping; once more gives up");
    for (const id of runIds)
      void client.post(`/runs/${id}/stop`).catch((error: Error) => cli.note(error.message));
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  const known = new Map<string, Progress>();
  try {
    return await Promise.all(
      runIds.map((id) =>
        followRun(
          client,
          id,
          (progress) => {
            known.set(id, progress);
            const all = [...known.values()];
            reporter.show({ run: progress.run, executions: all.flatMap(({ executions }) => executions) });
          },
          giveUp.signal,
        ),
      ),
    );
  } finally {
    reporter.end();
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

function conclude(cli: Cli, client: Client, ended: readonly Progress[], isJson: boolean): 0 | 1 | 2 {
  const executions = ended.flatMap((progress) => progress.executions);
  const exitCode = Math.max(0, ...codesOf(ended)) as 0 | 1 | 2;
  if (isJson) {
    cli.print(
      JSON.stringify({ exitCode, runs: ended.map(({ run, executions }) => ({ ...run, executions })) }),
    );
    return exitCode;
  }
  cli.print("");
  cli.print(summaryOf(executions));
  for (const { run } of ended) cli.print(client.pageOf(`/runs/${run.id}`));
  return exitCode;
}

/** A failed test outweighs trouble of ours: its message is what somebody has to look at. */
function codesOf(ended: readonly Progress[]): number[] {
  const codes = ended.map(({ run }) => exitCodeOf(run.status));
  return codes.includes(1) ? [1] : codes;
}

export function exitCodeOf(status: RunStatus): 0 | 1 | 2 {
  if (status === "failed" || status === "cancelled") return 1;
  return status === "error" || !isFinal(status) ? 2 : 0;
}
