import { planChangeSchema, planSchema } from "../../db/domain/tenancy.ts";
import { changePlan, getPlan } from "../../db/services/plans.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, named } from "./shared.ts";

const tag = "Organizations";

export function planRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "getPlan",
      method: "get",
      path: "/organizations/{id}/plan",
      tag,
      summary: "What an organization may use, and what it uses",
      params: byId,
      status: 200,
      result: planSchema,
    },
    ({ ctx, params }) => getPlan(ctx, params.id),
  );

  endpoint(
    api,
    {
      id: "changePlan",
      method: "patch",
      path: "/organizations/{id}/plan",
      tag,
      summary: "Change what an organization may use; for platform administrators",
      description: "What is used already stays: a limit below it only keeps more from coming.",
      params: byId,
      body: named(planChangeSchema, "PlanChange"),
      bodyExample: { membersMax: 50, parallelMax: 4 },
      status: 200,
      result: planSchema,
      errors: ["forbidden"],
    },
    ({ ctx, params, body }) => changePlan(ctx, params.id, body),
  );
}
