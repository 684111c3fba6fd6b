import { z } from "zod";
import { ctrfOf } from "../../db/domain/reports/ctrf.ts";
import { junitOf } from "../../db/domain/reports/junit.ts";
import {
  type Links,
  type ReportFormat,
  type RunReport,
  reportFormats,
} from "../../db/domain/reports/reported.ts";
import { jsonReportOf, reportColumns, reportRowOf } from "../../db/domain/reports/table.ts";
import { readRunReport } from "../../db/services/run-report.ts";
import { csvRows } from "./csv.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId } from "./shared.ts";
import { streamedFile, unhurried } from "./streamed-file.ts";

const querySchema = z.strictObject({
  format: z
    .enum(reportFormats)
    .default("json")
    .meta({ description: "JSON of this API, CSV, JUnit XML, or CTRF (Common Test Report Format)" }),
});

const files = {
  json: { ending: "json", contentType: "application/json" },
  csv: { ending: "csv", contentType: "text/csv; charset=utf-8" },
  // No type that a browser shows: what a page under test has said stands in it.
  junit: { ending: "junit.xml", contentType: "application/octet-stream" },
  ctrf: { ending: "ctrf.json", contentType: "application/json" },
} as const satisfies Record<ReportFormat, { ending: string; contentType: string }>;

/** The results of a run as a file for other tools. */
export function runReportRoutes(api: Api): void {
  const { publicUrl, version } = api.deps;
  const links: Links = {
    run: (id) => `${publicUrl}/runs/${id}`,
    execution: (id) => `${publicUrl}/executions/${id}`,
  };
  const textsOf = (report: RunReport, format: ReportFormat): AsyncGenerator<string> => {
    if (format === "junit") return junitOf(report, links);
    if (format === "ctrf") return ctrfOf(report, links, version);
    return format === "csv" ? csvOf(report, links) : jsonReportOf(report);
  };
  endpoint(
    api,
    {
      id: "getRunReport",
      method: "get",
      path: "/runs/{id}/report",
      tag: "Runs",
      summary: "The results of a run as a file for other tools: every execution with its attempts",
      description:
        "What is Verdict's or the environment's own trouble is an `error` in JUnit and `other` in CTRF, never a failure; a flaky test passes and says how it failed. No cell of the CSV is a formula to a spreadsheet.",
      params: byId,
      query: querySchema,
      status: 200,
      resultType: "application/octet-stream",
    },
    async ({ ctx, params, query: { format } }) => {
      const report = await readRunReport(unhurried(ctx), params.id);
      const { ending, contentType } = files[format];
      const file = { name: `run-${report.run.id}.${ending}`, contentType };
      return streamedFile(
        report.executions,
        (executions) => textsOf({ ...report, executions }, format),
        file,
      );
    },
  );
}

async function* csvOf(report: RunReport, links: Links): AsyncGenerator<string> {
  yield csvRows([[...reportColumns]]);
  for await (const page of report.executions) {
    yield csvRows(page.map((execution) => reportRowOf(report, execution, links)));
  }
}
