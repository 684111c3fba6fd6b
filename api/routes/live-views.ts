import {
  highlightResultSchema,
  highlightSchema,
  liveViewSchema,
  pickResultSchema,
  pickSchema,
  tryResultSchema,
  trySchema,
} from "../../db/domain/live-view.ts";
import { highlightElements, pickElement, trySteps } from "../../db/services/live-commands.ts";
import {
  giveInput,
  pauseExecution,
  resumeExecution,
  stepExecution,
  takeInput,
} from "../../db/services/live-control.ts";
import { getView } from "../../db/services/live-view.ts";
import { type Api, type EndpointSpec, endpoint } from "./endpoint.ts";
import { byId, named } from "./shared.ts";

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

  authoringRoutes(api);

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

const asked = {
  tag: "Live",
  method: "post",
  params: byId,
  status: 200,
  errors: ["forbidden", "conflict", "unavailable", "rate-limited"],
  // The worker that answers must see what was asked.
  once: "begun",
} as const satisfies Partial<EndpointSpec>;

/** What is asked of a paused page while a test is being written. */
function authoringRoutes(api: Api): void {
  endpoint(
    api,
    {
      ...asked,
      id: "trySteps",
      path: "/executions/{id}/try",
      summary: "Carry steps out on a paused page, apart from those of the execution, until one fails",
      body: named(trySchema, "TrySteps"),
      bodyExample: { steps: [{ type: "click", target: 'role=button[name="Sign in"]' }] },
      result: tryResultSchema,
    },
    ({ ctx, params, body }) => trySteps(ctx, params.id, body.steps),
  );

  endpoint(
    api,
    {
      ...asked,
      id: "pickElement",
      path: "/executions/{id}/pick",
      summary: "The element at a point of a paused page, with locators that mean it, the best first",
      body: named(pickSchema, "PickElement"),
      bodyExample: { x: 120, y: 48 },
      result: pickResultSchema,
    },
    ({ ctx, params, body }) => pickElement(ctx, params.id, body),
  );

  endpoint(
    api,
    {
      ...asked,
      id: "highlightElements",
      path: "/executions/{id}/highlight",
      summary: "How many elements of a paused page a locator matches, and where they are",
      body: named(highlightSchema, "HighlightElements"),
      bodyExample: { locator: "text=Sign in" },
      result: highlightResultSchema,
    },
    ({ ctx, params, body }) => highlightElements(ctx, params.id, body.locator),
  );
}
