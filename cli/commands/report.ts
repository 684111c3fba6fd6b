import { mkdir } from "node:fs/promises";
import { dirname, parse } from "node:path";
import { type ReportFormat, reportFormats } from "../../db/domain/reports/reported.ts";
import type { Client } from "../client.ts";
import { type Cli, type GlobalOptions, openClient } from "../context.ts";
import { writeText } from "../output.ts";

/** A file that the results of a run are written to. */
export type ReportTo = { format: ReportFormat; path: string };

/** For the help: the names of the formats. */
export const formats = reportFormats.join(", ");

/** Writes the results of a run for other tools. */
export async function report(
  cli: Cli,
  runId: string,
  options: GlobalOptions & { format: ReportFormat; output?: string },
): Promise<void> {
  const client = await openClient(cli, options);
  const text = await readReport(client, runId, options.format);
  if (options.output === undefined) cli.stdout.write(text);
  else await writeTo(cli, options.output, text);
}

/** Writes each of the files for each of the runs: of several runs, the files of all but the first are numbered. */
export async function writeReports(
  cli: Cli,
  client: Client,
  runIds: readonly string[],
  reports: readonly ReportTo[],
): Promise<void> {
  for (const [index, runId] of runIds.entries()) {
    for (const { format, path } of reports) {
      await writeTo(cli, numbered(path, index), await readReport(client, runId, format));
    }
  }
}

function readReport(client: Client, runId: string, format: ReportFormat): Promise<string> {
  return client.getText(`/runs/${encodeURIComponent(runId)}/report?format=${format}`);
}

function numbered(path: string, index: number): string {
  if (index === 0) return path;
  const { name, ext } = parse(path);
  return path.slice(0, path.length - name.length - ext.length) + `${name}-${index + 1}${ext}`;
}

async function writeTo(cli: Cli, path: string, text: string): Promise<void> {
  // What keeps it from being made keeps the file from being written as well, which says so.
  await mkdir(dirname(path), { recursive: true }).catch(() => undefined);
  await writeText(path, text);
  cli.note(`Written to ${path}`);
}
