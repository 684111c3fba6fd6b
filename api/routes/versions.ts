import { z } from "zod";
import { pageQuerySchema } from "../../db/domain/queries.ts";
import { testCaseSchema, versionSchema } from "../../db/domain/resources.ts";
import { getVersion, listVersions, restoreVersion } from "../../db/services/versions.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, pageOf } from "./shared.ts";

const tag = "Test cases";
const byVersion = byId.extend({ version: z.coerce.number().int().min(1).max(1_000_000_000) });

export function versionRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listVersions",
      method: "get",
      path: "/test-cases/{id}/versions",
      tag,
      summary: "The versions of a test case, the newest first",
      params: byId,
      query: pageQuerySchema,
      status: 200,
      result: pageOf(versionSchema),
    },
    ({ ctx, params, query }) => listVersions(ctx, params.id, query),
  );

  endpoint(
    api,
    {
      id: "getVersion",
      method: "get",
      path: "/test-cases/{id}/versions/{version}",
      tag,
      summary: "One version as it was saved",
      params: byVersion,
      status: 200,
      result: versionSchema,
    },
    ({ ctx, params }) => getVersion(ctx, params.id, params.version),
  );

  endpoint(
    api,
    {
      id: "restoreVersion",
      method: "post",
      path: "/test-cases/{id}/versions/{version}/restore",
      tag,
      summary: "Make an old version the newest, as a new version",
      params: byVersion,
      status: 200,
      result: testCaseSchema,
    },
    ({ ctx, params }) => restoreVersion(ctx, params.id, params.version),
  );
}
