import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { ImportLine } from "../../db/domain/import/recorder.ts";
import type { TestCase } from "../../db/domain/resources.ts";
import { type Cli, type GlobalOptions, openClient } from "../context.ts";
import { UsageFailure } from "../failure.ts";
import { writeText } from "../output.ts";
import { findProject, type ProjectOptions } from "../projects.ts";

type Imported = { testCase: TestCase; report: ImportLine[]; secrets: string[] };

/** Makes a test case from a recording (JSON) or a YAML file, and says what became of every recorded step. */
export async function importFile(
  cli: Cli,
  path: string,
  options: GlobalOptions & ProjectOptions,
): Promise<void> {
  const content = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new UsageFailure(`${path} can't be read`, { cause });
  });
  const client = await openClient(cli, options);
  const project = await findProject(cli, client, options);
  const format = /\.ya?ml$/i.test(path) ? "yaml" : "recorder";
  const imported = await client.post<Imported>("/test-cases/import", {
    projectId: project.id,
    format,
    content,
  });
  if (options.json) {
    cli.print(JSON.stringify(imported));
    return;
  }
  const { testCase, report, secrets } = imported;
  cli.print(`${basename(path)} is now "${testCase.name}": ${client.pageOf(`/test-cases/${testCase.id}`)}`);
  const lossless = report.filter(({ level }) => level === "lossless").length;
  if (report.length > 0) cli.print(`${lossless} of ${report.length} recorded steps came over as they were`);
  for (const { step, type, level, message } of report) {
    if (level !== "lossless") cli.print(`  step ${step + 1}, ${type}, ${level}: ${message}`);
  }
  if (secrets.length > 0) cli.print(`Set these secrets in the project: ${secrets.join(", ")}`);
}

/** Writes a test case as YAML. */
export async function exportCase(
  cli: Cli,
  id: string,
  options: GlobalOptions & { output?: string },
): Promise<void> {
  const client = await openClient(cli, options);
  const text = await client.getText(`/test-cases/${encodeURIComponent(id)}/export?format=yaml`);
  if (options.output === undefined) {
    cli.stdout.write(text);
    return;
  }
  await writeText(options.output, text);
  cli.note(`Written to ${options.output}`);
}
