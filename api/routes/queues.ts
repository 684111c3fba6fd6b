import { z } from "zod";
import { queueChangeSchema, queueSchema, throughputSchema } from "../../db/domain/installation.ts";
import { throughputQuerySchema } from "../../db/domain/queries.ts";
import { changeQueue, listQueues, throughput } from "../../db/services/queues.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { named, pageOf, wholeList } from "./shared.ts";

const tag = "Jobs";
const byName = z.strictObject({ name: z.string().max(50) });

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
}
