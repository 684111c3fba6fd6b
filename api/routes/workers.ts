import { workerModeSchema, workerSchema } from "../../db/domain/installation.ts";
import { listWorkers, setWorkerMode } from "../../db/services/workers.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, named, pageOf, wholeList } from "./shared.ts";

const tag = "Jobs";

/** Who works: for platform administrators. */
export function workerRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listWorkers",
      method: "get",
      path: "/workers",
      tag,
      summary: "The workers that have been seen lately",
      status: 200,
      result: pageOf(workerSchema),
      errors: ["forbidden"],
    },
    async ({ ctx }) => wholeList(await listWorkers(ctx)),
  );

  endpoint(
    api,
    {
      id: "setWorkerMode",
      method: "post",
      path: "/workers/{id}/mode",
      tag,
      summary: "Tell a worker what to do",
      description:
        "`active`: takes jobs. `quiet`: takes nothing new and keeps running. `draining`: the same, and its process ends when what it has is done. `quarantined`: quiet because something is wrong with it, for which a `reason` is needed. What runs goes on in every mode. It obeys within seconds.",
      params: byId,
      body: named(workerModeSchema, "WorkerModeChange"),
      bodyExample: { mode: "quarantined", reason: "its disk is failing" },
      status: 200,
      result: workerSchema,
      errors: ["conflict"],
    },
    ({ ctx, params, body }) => setWorkerMode(ctx, params.id, body.mode, body.reason ?? null),
  );
}
