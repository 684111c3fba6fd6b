import { z } from "zod";
import { notFound } from "../../db/domain/errors.ts";
import {
  approvedRunSchema,
  approveRunSchema,
  baselineQuerySchema,
  baselineSchema,
  snapshotQuerySchema,
  snapshotSchema,
} from "../../db/domain/snapshot-resources.ts";
import { baselineFile, getBaseline, listBaselines, restoreBaseline } from "../../db/services/baselines.ts";
import {
  approveRun,
  approveSnapshot,
  getSnapshot,
  listSnapshots,
  rejectSnapshot,
} from "../../db/services/snapshots.ts";
import { disposition } from "./artifacts.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, named, pageOf } from "./shared.ts";

const tag = "Baselines";
const ofProject = "/projects/{id}/baselines";
const snapshots = `${ofProject}/snapshots`;
const bySnapshot = byId.extend({ snapshotId: z.uuid() });
const byBaseline = byId.extend({ baselineId: z.uuid() });

export function baselineRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listBaselines",
      method: "get",
      path: ofProject,
      tag,
      summary: "The approved pictures of a project: those that hold, or with those that they have replaced",
      params: byId,
      query: baselineQuerySchema,
      status: 200,
      result: pageOf(baselineSchema),
    },
    ({ ctx, params, query }) => listBaselines(ctx, params.id, query),
  );
  // Their word must not be taken for the id of a baseline.
  snapshotRoutes(api);
  decisionRoutes(api);
  singleRoutes(api);
}

function snapshotRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listSnapshots",
      method: "get",
      path: snapshots,
      tag,
      summary:
        "Pictures that were new or looked different: those that wait for approval, or in another state",
      params: byId,
      query: snapshotQuerySchema,
      status: 200,
      result: pageOf(snapshotSchema),
    },
    ({ ctx, params, query }) => listSnapshots(ctx, params.id, query),
  );

  endpoint(
    api,
    {
      id: "getSnapshot",
      method: "get",
      path: `${snapshots}/{snapshotId}`,
      tag,
      summary: "One picture that was new or looked different",
      params: bySnapshot,
      status: 200,
      result: snapshotSchema,
    },
    ({ ctx, params }) => getSnapshot(ctx, params.id, params.snapshotId),
  );
}

function decisionRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "approveSnapshots",
      method: "post",
      path: `${snapshots}/approve`,
      tag,
      summary: "Approve all pictures of a run that wait",
      description: "Those that can't be approved stay as they are, and are named with the reason.",
      params: byId,
      body: named(approveRunSchema, "SnapshotApproval"),
      status: 200,
      result: approvedRunSchema,
    },
    ({ ctx, params, body }) => approveRun(ctx, params.id, body.runId),
  );

  endpoint(
    api,
    {
      id: "approveSnapshot",
      method: "post",
      path: `${snapshots}/{snapshotId}/approve`,
      tag,
      summary: "Make a picture the one that its name is held to from now on, on its branch",
      description: "A picture that is out of date is refused: what it was compared with holds no more.",
      params: bySnapshot,
      status: 200,
      result: snapshotSchema,
      errors: ["conflict"],
    },
    ({ ctx, params }) => approveSnapshot(ctx, params.id, params.snapshotId),
  );

  endpoint(
    api,
    {
      id: "rejectSnapshot",
      method: "post",
      path: `${snapshots}/{snapshotId}/reject`,
      tag,
      summary: "Say that a picture is wrong; what was approved before goes on to hold",
      params: bySnapshot,
      status: 200,
      result: snapshotSchema,
      errors: ["conflict"],
    },
    ({ ctx, params }) => rejectSnapshot(ctx, params.id, params.snapshotId),
  );
}

function singleRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "getBaseline",
      method: "get",
      path: `${ofProject}/{baselineId}`,
      tag,
      summary: "One approved picture, with who approved it",
      params: byBaseline,
      status: 200,
      result: baselineSchema,
    },
    ({ ctx, params }) => getBaseline(ctx, params.id, params.baselineId),
  );

  endpoint(
    api,
    {
      id: "getBaselineContent",
      method: "get",
      path: `${ofProject}/{baselineId}/content`,
      tag,
      summary: "An approved picture itself",
      description: "A PNG picture; the ETag is the SHA-256 of the content.",
      params: byBaseline,
      status: 200,
      resultType: "image/png",
    },
    async ({ c, ctx, params }) => {
      const { storageKey, sha256, name } = await baselineFile(ctx, params.id, params.baselineId);
      const headers = {
        ETag: `"${sha256}"`,
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        Vary: "Authorization, Cookie",
      };
      if (c.req.header("If-None-Match") === headers.ETag) return new Response(null, { status: 304, headers });
      const file = await api.deps.blobs.get(storageKey);
      if (!file) throw notFound("the content of this picture was");
      // Nobody would read it.
      if (c.get("signal").aborted) await file.stream.cancel();
      return new Response(file.stream, {
        headers: {
          ...headers,
          "Content-Type": "image/png",
          "Content-Length": String(file.sizeBytes),
          "Content-Disposition": disposition("inline", `${name}.png`),
        },
      });
    },
  );

  endpoint(
    api,
    {
      id: "restoreBaseline",
      method: "post",
      path: `${ofProject}/{baselineId}/restore`,
      tag,
      summary: "Make an older picture the one that holds, as a new revision",
      params: byBaseline,
      status: 201,
      result: baselineSchema,
      errors: ["conflict"],
    },
    async ({ c, ctx, params }) => {
      const baseline = await restoreBaseline(ctx, params.id, params.baselineId);
      c.header("Location", `/api/v1/projects/${baseline.projectId}/baselines/${baseline.id}`);
      return baseline;
    },
  );
}
