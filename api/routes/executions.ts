import { z } from "zod";
import { comparisonSchema } from "../../db/domain/comparison.ts";
import { artifactKinds, eventBodySchema, type LogItem } from "../../db/domain/events.ts";
import { executionQuerySchema, logQuerySchema, pageQuerySchema } from "../../db/domain/queries.ts";
import { artifactSchema, attemptSchema, executionSchema } from "../../db/domain/resources.ts";
import { executeTestCaseSchema, retryExecutionSchema } from "../../db/domain/start-resources.ts";
import { compareExecutions } from "../../db/services/comparison.ts";
import {
  getExecution,
  listArtifacts,
  listAttempts,
  listExecutions,
  listLogs,
  retryExecution,
  stopExecution,
} from "../../db/services/executions.ts";
import { executeTestCase } from "../../db/services/runs.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, named, pageOf, triggerOf, wholeList } from "./shared.ts";

const tag = "Executions";

const logItemSchema = z
  .intersection(z.object({ seq: z.int(), at: z.iso.datetime(), attempt: z.int() }), eventBodySchema)
  .meta({ id: "LogItem" }) as unknown as z.ZodType<LogItem>;

const logPageSchema = z
  .strictObject({
    items: z.array(logItemSchema),
    nextAfter: z.int().nullable().meta({ description: "For `after` of the next request; null at the end" }),
    expired: z.boolean().meta({
      description: "The execution has ended and its log is not kept any more (LOG_RETENTION_DAYS)",
    }),
  })
  .meta({ id: "LogPage" });

const compareQuerySchema = z.strictObject({
  to: z.uuid().optional().meta({ description: "The id of the other execution" }),
});

const artifactQuerySchema = pageQuerySchema.extend({ kind: z.enum(artifactKinds).optional() });

export function executionRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "executeTestCase",
      method: "post",
      path: "/executions",
      tag,
      summary: "Run one test case",
      body: named(executeTestCaseSchema, "ExecuteTestCase"),
      bodyExample: { testCaseId: "019a2b7c-3c1f-7cc3-98c4-dc0c0c07398f", variables: { plan: "free" } },
      status: 202,
      result: executionSchema,
      errors: ["forbidden", "not-found", "conflict"],
    },
    async ({ c, ctx, body }) => {
      const execution = await executeTestCase(ctx, body, triggerOf(c));
      c.header("Location", `/api/v1/executions/${execution.id}`);
      return execution;
    },
  );

  endpoint(
    api,
    {
      id: "listExecutions",
      method: "get",
      path: "/executions",
      tag,
      summary: "Executions, the newest first",
      query: executionQuerySchema,
      status: 200,
      result: pageOf(executionSchema),
    },
    ({ ctx, query }) => listExecutions(ctx, query),
  );

  endpoint(
    api,
    {
      id: "getExecution",
      method: "get",
      path: "/executions/{id}",
      tag,
      summary: "One execution",
      params: byId,
      status: 200,
      result: executionSchema,
    },
    ({ ctx, params }) => getExecution(ctx, params.id),
  );

  endpoint(
    api,
    {
      id: "stopExecution",
      method: "post",
      path: "/executions/{id}/stop",
      tag,
      summary: "Stop an execution: at once when it waits, within seconds when it runs",
      params: byId,
      status: 202,
      result: executionSchema,
      errors: ["conflict"],
    },
    ({ ctx, params }) => stopExecution(ctx, params.id),
  );

  endpoint(
    api,
    {
      id: "retryExecution",
      method: "post",
      path: "/executions/{id}/retry",
      tag,
      summary: "Run it again with the same settings, as a new run of one or of several beside each other",
      params: byId,
      body: named(retryExecutionSchema, "RetryExecution"),
      isBodyOptional: true,
      status: 202,
      result: executionSchema,
      errors: ["conflict"],
    },
    async ({ c, ctx, params, body }) => {
      const execution = await retryExecution(ctx, params.id, body);
      c.header("Location", `/api/v1/executions/${execution.id}`);
      return execution;
    },
  );
  comparisonRoute(api);
  evidenceRoutes(api);
}

function comparisonRoute(api: Api): void {
  endpoint(
    api,
    {
      id: "compareExecutions",
      method: "get",
      path: "/executions/{id}/compare",
      tag,
      summary: "What differs from another execution of the same test case",
      description:
        "Steps aligned with their outcomes and durations, messages and requests that only one of them has, and how they were run. " +
        "Without `to` it is compared with the last one before it that passed in the same browser, on the same screen and in the same environment.",
      params: byId,
      query: compareQuerySchema,
      status: 200,
      result: comparisonSchema,
    },
    ({ ctx, params, query }) => compareExecutions(ctx, params.id, query.to ?? null),
  );
}

function evidenceRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listAttempts",
      method: "get",
      path: "/executions/{id}/attempts",
      tag,
      summary: "The attempts of an execution",
      params: byId,
      status: 200,
      result: pageOf(attemptSchema),
    },
    async ({ ctx, params }) => wholeList(await listAttempts(ctx, params.id)),
  );

  endpoint(
    api,
    {
      id: "listLogs",
      method: "get",
      path: "/executions/{id}/logs",
      tag,
      summary: "What happened, by number: `seq` is 1..n without a gap over all attempts",
      params: byId,
      query: logQuerySchema,
      status: 200,
      result: logPageSchema,
    },
    ({ ctx, params, query }) => listLogs(ctx, params.id, query),
  );

  endpoint(
    api,
    {
      id: "listScreenshots",
      method: "get",
      path: "/executions/{id}/screenshots",
      tag,
      summary: "The screenshots of an execution",
      params: byId,
      query: pageQuerySchema,
      status: 200,
      result: pageOf(artifactSchema),
    },
    ({ ctx, params, query }) => listArtifacts(ctx, params.id, { ...query, kind: "screenshot" }),
  );

  endpoint(
    api,
    {
      id: "listArtifacts",
      method: "get",
      path: "/executions/{id}/artifacts",
      tag,
      summary: "The files of an execution",
      params: byId,
      query: artifactQuerySchema,
      status: 200,
      result: pageOf(artifactSchema),
    },
    ({ ctx, params, query }) => listArtifacts(ctx, params.id, query),
  );
}
