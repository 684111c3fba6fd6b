import { z } from "zod";
import {
  queueChangeSchema,
  queueSchema,
  shareChangeSchema,
  shareSchema,
  throughputSchema,
} from "../../db/domain/installation.ts";
import { pageQuerySchema, throughputQuerySchema } from "../../db/domain/queries.ts";
import { changeQueue, listQueues, throughput } from "../../db/services/queues.ts";
import { changeShare, getShare, listShares } from "../../db/services/shares.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { named, pageOf, wholeList } from "./shared.ts";

const tag = "Jobs";
const byName = z.strictObject({ name: z.string().max(50) });
const byProject = byName.extend({ projectId: z.uuid() });

/** The queues of the installation: for platform administrators. */
export function queueRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listQueues",
      method: "get",
      path: "/queues",
      tag,
      summary: "Every queue: its mode and limit, how deep it is, what it has done lately",
      status: 200,
      result: pageOf(queueSchema),
      errors: ["forbidden"],
    },
    async ({ ctx }) => wholeList(await listQueues(ctx)),
  );

  endpoint(
    api,
    {
      id: "getThroughput",
      method: "get",
      path: "/queues/throughput",
      tag,
      summary: "What was started, done and not done over the last five minutes, hour or day",
      query: throughputQuerySchema,
      status: 200,
      result: throughputSchema,
      errors: ["forbidden"],
    },
    ({ ctx, query }) => throughput(ctx, query),
  );

  endpoint(
    api,
    {
      id: "changeQueue",
      method: "patch",
      path: "/queues/{name}",
      tag,
      summary: "Pause or resume a queue, or limit how many of its jobs run at once",
      description:
        "What runs goes on; the next claim of any worker obeys. `slotsMax` counts over all workers together; null takes the " +
        "limit away. `reason` is shown with every job that waits for it.",
      params: byName,
      body: named(queueChangeSchema, "QueueChange"),
      bodyExample: { paused: true, reason: "The disk of the artifacts is nearly full" },
      status: 200,
      result: queueSchema,
      errors: ["forbidden"],
    },
    ({ ctx, params, body }) => changeQueue(ctx, params.name, body),
  );
  shareRoutes(api);
}

function shareRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listShares",
      method: "get",
      path: "/queues/{name}/shares",
      tag,
      summary: "What projects have of a queue in which they take turns, and may have",
      description: "Those that have jobs in it, or about which something was said.",
      params: byName,
      query: pageQuerySchema,
      status: 200,
      result: pageOf(shareSchema),
      errors: ["forbidden"],
    },
    ({ ctx, params, query }) => listShares(ctx, params.name, query),
  );

  endpoint(
    api,
    {
      id: "getShare",
      method: "get",
      path: "/queues/{name}/shares/{projectId}",
      tag,
      summary: "What one project has of a queue, and may have",
      params: byProject,
      status: 200,
      result: shareSchema,
      errors: ["forbidden"],
    },
    ({ ctx, params }) => getShare(ctx, params.name, params.projectId),
  );

  endpoint(
    api,
    {
      id: "changeShare",
      method: "patch",
      path: "/queues/{name}/shares/{projectId}",
      tag,
      summary: "Say how much of a queue a project may have",
      description:
        "`weight`: how many of its jobs start in one turn; `atOnce`: how many run at once; `rate`: how many start in any " +
        "stretch of time. Null: as for all. The next claim of any worker obeys, for jobs that wait already as well.",
      params: byProject,
      body: named(shareChangeSchema, "ShareChange"),
      bodyExample: { weight: 3, rate: { jobs: 60, perMs: 60_000 } },
      status: 200,
      result: shareSchema,
      errors: ["forbidden"],
    },
    ({ ctx, params, body }) => changeShare(ctx, params.name, params.projectId, body),
  );
}
