import { z } from "zod";
import { executionQuerySchema, runQuerySchema } from "../../db/domain/queries.ts";
import { executionSchema, runSchema } from "../../db/domain/resources.ts";
import { listExecutions } from "../../db/services/executions.ts";
import { getRun, listRuns, retryRun, stopRun } from "../../db/services/runs.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, pageOf } from "./shared.ts";

const tag = "Runs";

const retryRunSchema = z
  .strictObject({
    failedOnly: z
      .boolean()
      .optional()
      .meta({ description: "Only what did not pass (the default), or everything" }),
  })
  .meta({ id: "RetryRun" });

export function runRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listRuns",
      method: "get",
      path: "/runs",
      tag,
      summary: "Runs, the newest first",
      query: runQuerySchema,
      status: 200,
      result: pageOf(runSchema),
    },
    ({ ctx, query }) => listRuns(ctx, query),
  );

  endpoint(
    api,
    {
      id: "getRun",
      method: "get",
      path: "/runs/{id}",
      tag,
      summary: "One run with its counts",
      params: byId,
      status: 200,
      result: runSchema,
    },
    ({ ctx, params }) => getRun(ctx, params.id),
  );

  endpoint(
    api,
    {
      id: "listRunExecutions",
      method: "get",
      path: "/runs/{id}/executions",
      tag,
      summary: "The executions of a run",
      params: byId,
      query: executionQuerySchema.pick({ limit: true, cursor: true, status: true }),
      status: 200,
      result: pageOf(executionSchema),
    },
    async ({ ctx, params, query }) => {
      await getRun(ctx, params.id);
      return listExecutions(ctx, { ...query, runId: params.id });
    },
  );

  endpoint(
    api,
    {
      id: "stopRun",
      method: "post",
      path: "/runs/{id}/stop",
      tag,
      summary: "Stop a run: what waits is cancelled now, what runs within seconds",
      params: byId,
      status: 202,
      result: runSchema,
      errors: ["conflict"],
    },
    ({ ctx, params }) => stopRun(ctx, params.id),
  );

  endpoint(
    api,
    {
      id: "retryRun",
      method: "post",
      path: "/runs/{id}/retry",
      tag,
      summary: "Run again what did not pass, as a new run",
      params: byId,
      body: retryRunSchema,
      isBodyOptional: true,
      status: 202,
      result: runSchema,
      errors: ["conflict"],
    },
    async ({ c, ctx, params, body }) => {
      const run = await retryRun(ctx, params.id, body);
      c.header("Location", `/api/v1/runs/${run.id}`);
      return run;
    },
  );
}
