import { liveViewSchema } from "../../db/domain/live-view.ts";
import {
  giveInput,
  pauseExecution,
  resumeExecution,
  stepExecution,
  takeInput,
} from "../../db/services/live-control.ts";
import { getView } from "../../db/services/live-view.ts";
import { type Api, type EndpointSpec, endpoint } from "./endpoint.ts";
import { byId } from "./shared.ts";

const shared = {
  tag: "Live",
  params: byId,
  status: 202,
  result: liveViewSchema,
  errors: ["forbidden", "conflict"],
} as const satisfies Partial<EndpointSpec>;

/** A running page, held and steered. Its pictures come over the socket, topic `view:<executionId>`. */
export function liveViewRoutes(api: Api): void {
  endpoint(
    api,
    {
      ...shared,
      id: "getView",
      method: "get",
      path: "/executions/{id}/view",
      summary:
        "What a running page shows: its step, pointer and element, and who holds it; pictures are for the socket",
      status: 200,
      errors: [],
    },
    ({ ctx, params }) => getView(ctx, params.id),
  );

  endpoint(
    api,
    {
      ...shared,
      id: "pauseExecution",
      method: "post",
      path: "/executions/{id}/pause",
      summary: "Pause before the next step; it goes on by itself after a while, or when nobody watches",
    },
    ({ ctx, params }) => pauseExecution(ctx, params.id),
  );

  endpoint(
    api,
    {
      ...shared,
      id: "resumeExecution",
      method: "post",
      path: "/executions/{id}/resume",
      summary: "Let a paused execution go on",
    },
    ({ ctx, params }) => resumeExecution(ctx, params.id),
  );

  endpoint(
    api,
    {
      ...shared,
      id: "stepExecution",
      method: "post",
      path: "/executions/{id}/step",
      summary: "Let a paused execution take one step",
    },
    ({ ctx, params }) => stepExecution(ctx, params.id),
  );

  endpoint(
    api,
    {
      ...shared,
      id: "takeInput",
      method: "put",
      path: "/executions/{id}/input-holder",
      summary: "Take mouse and keyboard of a paused page; what is done with them goes over the socket",
    },
    ({ ctx, params }) => takeInput(ctx, params.id),
  );

  endpoint(
    api,
    {
      ...shared,
      id: "giveInput",
      method: "delete",
      path: "/executions/{id}/input-holder",
      summary: "Give mouse and keyboard back",
    },
    ({ ctx, params }) => giveInput(ctx, params.id),
  );
}
