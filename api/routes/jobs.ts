import { jobSchema } from "../../db/domain/installation.ts";
import { jobQuerySchema } from "../../db/domain/queries.ts";
import { cancelJob, getJob, listJobs, retryJob } from "../../db/services/jobs.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, pageOf } from "./shared.ts";

const tag = "Jobs";

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
      summary: "Give a dead job another try, as a new job",
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
}
