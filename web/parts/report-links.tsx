import { type ReportFormat, reportFormats } from "../../db/domain/reports/reported.ts";

const names: Record<ReportFormat, string> = { json: "JSON", csv: "CSV", junit: "JUnit", ctrf: "CTRF" };

/** The results of a run as files for other tools. */
export function ReportLinks({ runId }: { runId: string }) {
  return (
    <span>
      Report{" "}
      {reportFormats.map((format, index) => (
        <>
          {index > 0 ? " · " : null}
          <a href={`/api/v1/runs/${runId}/report?format=${format}`} download>
            {names[format]}
          </a>
        </>
      ))}
    </span>
  );
}
