import { z } from "zod";
import {
  type AuditFilter,
  auditEntrySchema,
  auditExportSchema,
  auditQuerySchema,
} from "../../db/domain/audit.ts";
import { exportAudit, getAuditEntry, listAudit } from "../../db/services/audit-log.ts";
import type { Ctx } from "../../db/services/context.ts";
import { csvOf, jsonOf } from "./audit-csv.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, pageOf } from "./shared.ts";
import { streamedFile, unhurried } from "./streamed-file.ts";

const byEntry = byId.extend({ entryId: z.uuid() });

/** What was done: in an organization, for those who run it; and outside of all, for those who run the installation. */
export function auditRoutes(api: Api): void {
  const tag = "Organizations";
  endpoint(
    api,
    {
      id: "listAudit",
      method: "get",
      path: "/organizations/{id}/audit-logs",
      tag,
      summary: "What was done in an organization, by whom, and what changed; the newest first",
      params: byId,
      query: auditQuerySchema,
      status: 200,
      result: pageOf(auditEntrySchema),
      errors: ["forbidden"],
    },
    ({ ctx, params, query }) => listAudit(ctx, params.id, query),
  );

  endpoint(
    api,
    {
      id: "exportAudit",
      method: "get",
      path: "/organizations/{id}/audit-logs/export",
      tag,
      summary: "The same as a file, CSV or JSON: at most 100,000 entries",
      description:
        "No cell of the CSV is a formula to a spreadsheet: what begins like one begins with an apostrophe.",
      params: byId,
      query: auditExportSchema,
      status: 200,
      resultType: "text/csv",
      errors: ["forbidden"],
    },
    ({ ctx, params, query: { format, ...filter } }) => fileOf(ctx, params.id, format, filter),
  );

  endpoint(
    api,
    {
      id: "getAuditEntry",
      method: "get",
      path: "/organizations/{id}/audit-logs/{entryId}",
      tag,
      summary: "One entry",
      params: byEntry,
      status: 200,
      result: auditEntrySchema,
      errors: ["forbidden"],
    },
    ({ ctx, params }) => getAuditEntry(ctx, params.id, params.entryId),
  );

  endpoint(
    api,
    {
      id: "listInstallationAudit",
      method: "get",
      path: "/audit-logs",
      tag: "Platform",
      summary: "What was done outside of any organization; for platform administrators",
      query: auditQuerySchema,
      status: 200,
      result: pageOf(auditEntrySchema),
      errors: ["forbidden"],
    },
    ({ ctx, query }) => listAudit(ctx, null, query),
  );

  endpoint(
    api,
    {
      id: "exportInstallationAudit",
      method: "get",
      path: "/audit-logs/export",
      tag: "Platform",
      summary: "The same as a file, CSV or JSON: at most 100,000 entries",
      query: auditExportSchema,
      status: 200,
      resultType: "text/csv",
      errors: ["forbidden"],
    },
    ({ ctx, query: { format, ...filter } }) => fileOf(ctx, null, format, filter),
  );
}

function fileOf(
  ctx: Ctx,
  organizationId: string | null,
  format: "csv" | "json",
  filter: AuditFilter,
): Promise<Response> {
  const pages = exportAudit(unhurried(ctx), organizationId, filter);
  const day = ctx.now().toISOString().slice(0, 10);
  return streamedFile(pages, format === "csv" ? csvOf : jsonOf, {
    name: `audit-${day}.${format}`,
    contentType: format === "csv" ? "text/csv; charset=utf-8" : "application/json",
  });
}
