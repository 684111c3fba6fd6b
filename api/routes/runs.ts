import { z } from "zod";
import { runMatrixSchema } from "../../db/domain/matrix-resources.ts";
import { executionQuerySchema, pageQuerySchema, runQuerySchema } from "../../db/domain/queries.ts";
import { executionSchema, runSchema } from "../../db/domain/resources.ts";
import { startRunSchema } from "../../db/domain/start-resources.ts";
import { listExecutions } from "../../db/services/executions.ts";
import { matrixOfRun } from "../../db/services/matrix.ts";
import { executeInMatrix, getRun, listRuns, retryRun, stopRun } from "../../db/services/runs.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, named, pageOf, triggerOf } from "./shared.ts";

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
      query: executionQuerySchema.pick({
        limit: true,
        cursor: true,
        status: true,
        browser: true,
        viewport: true,
      }),
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
      id: "getRunMatrix",
      method: "get",
      path: "/runs/{id}/matrix",
      tag,
      summary: "A run as a grid: its cases by browsers and screens",
      params: byId,
      query: pageQuerySchema,
      status: 200,
      result: runMatrixSchema,
    },
    ({ ctx, params, query }) => matrixOfRun(ctx, params.id, query),
  );
  changeRoutes(api);
}

function changeRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "startRun",
      method: "post",
      path: "/runs",
      tag,
      summary: "Run one test case in several browsers and on several screens",
      description:
        "Makes one execution for each browser and screen. Where a browser can't do a step of the case the execution is `skipped` " +
        "and says why; when that is so in all of them, nothing is started and the answer is 422.",
      body: named(startRunSchema, "StartRun"),
      bodyExample: {
        testCaseId: "019a2b7c-3c1f-7cc3-98c4-dc0c0c07398f",
        browsers: ["chromium", "firefox"],
        viewports: [
          { width: 1280, height: 720 },
          { width: 390, height: 844 },
        ],
      },
      status: 202,
      result: runSchema,
      errors: ["forbidden", "not-found", "conflict"],
    },
    async ({ c, ctx, body }) => {
      const run = await executeInMatrix(ctx, body, triggerOf(c));
      c.header("Location", `/api/v1/runs/${run.id}`);
      return run;
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
