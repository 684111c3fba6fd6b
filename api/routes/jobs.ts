import { bulkResultSchema, jobSchema } from "../../db/domain/installation.ts";
import { deadChoiceSchema, jobQuerySchema } from "../../db/domain/queries.ts";
import { discardJobs, replayJobs, retryJob } from "../../db/services/dead-letters.ts";
import { cancelJob, getJob, listJobs } from "../../db/services/jobs.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, named, pageOf } from "./shared.ts";

const tag = "Jobs";
const deadChoice = named(deadChoiceSchema, "DeadChoice");

/** What belongs to the installation: for platform administrators. */
export function jobRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listJobs",
      method: "get",
      path: "/jobs",
      tag,
      summary: "Jobs, each with a sentence that explains its state",
      query: jobQuerySchema,
      status: 200,
      result: pageOf(jobSchema),
      errors: ["forbidden"],
    },
    ({ ctx, query }) => listJobs(ctx, query),
  );

  endpoint(
    api,
    {
      id: "getJob",
      method: "get",
      path: "/jobs/{id}",
      tag,
      summary: "One job",
      params: byId,
      status: 200,
      result: jobSchema,
    },
    ({ ctx, params }) => getJob(ctx, params.id),
  );

  endpoint(
    api,
    {
      id: "retryJob",
      method: "post",
      path: "/jobs/{id}/retry",
      tag,
      summary: "Give a dead job another try, as a new job; that of an execution as a new run",
      params: byId,
      status: 202,
      result: jobSchema,
      errors: ["conflict"],
    },
    ({ ctx, params }) => retryJob(ctx, params.id),
  );

  endpoint(
    api,
    {
      id: "cancelJob",
      method: "post",
      path: "/jobs/{id}/cancel",
      tag,
      summary: "Cancel a job that has not ended",
      params: byId,
      status: 202,
      result: jobSchema,
      errors: ["conflict"],
    },
    ({ ctx, params }) => cancelJob(ctx, params.id),
  );

  deadLetterRoutes(api);
}

function deadLetterRoutes(api: Api): void {
  for (const [id, name, verb, summary] of [
    ["replayJobs", "replay", replayJobs, "Give many dead jobs another try"],
    ["discardJobs", "discard", discardJobs, "Say that nothing is to be done about many dead jobs"],
  ] as const) {
    endpoint(
      api,
      {
        id,
        method: "post",
        path: `/jobs/${name}`,
        tag,
        summary,
        description:
          "Those with the given `ids`, or all that match `filter`: then `expected` says how many they were when you looked, " +
          "and another number answers `409`. At most 500 in one request, the oldest first; `left` says how many more match.",
        body: deadChoice,
        bodyExample: { filter: { search: "no space left on device" }, expected: 214 },
        status: 200,
        result: bulkResultSchema,
        errors: ["forbidden", "conflict"],
      },
      ({ ctx, body }) => verb(ctx, body),
    );
  }
}
