import { Hono } from "hono";
import { trySchema } from "../../db/domain/live-view.ts";
import { parseInput } from "../../db/domain/validation.ts";
import { trySteps } from "../../db/services/live-commands.ts";
import { startHeld } from "../../db/services/live-control.ts";
import { getTestCase } from "../../db/services/test-cases.ts";
import type { WebEnv } from "../env.ts";
import { readDraft } from "../forms/draft.ts";
import { Tried } from "../parts/try-bar.tsx";
import { attempted, go, idOf, part, type Site, signedIn } from "../site.tsx";

/** Steps that are tried while they are written, on the page of an execution that is held for it. */
export function tryStepRoutes(_site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.post(
    "/test-cases/:id/held-run",
    signedIn(async (c, ctx) => {
      const testCase = await getTestCase(ctx, idOf(c, "test case"));
      const before = numberIn((await c.req.formData()).get("before"));
      const { id } = await startHeld(ctx, testCase.id, before - 1);
      return go(c, `/test-cases/${testCase.id}?live=${id}&step=${before}`);
    }),
  );

  app.post(
    "/test-cases/:id/try/:execution",
    signedIn(async (c, ctx) => {
      const executionId = idOf(c, "execution", "execution");
      const form = await c.req.formData();
      const { draft, errors } = readDraft(form);
      const [first, last] = [numberIn(form.get("from")), numberIn(form.get("to"))];
      if (errors[0]) return part(c, <Tried fault={`Finish the open step first: ${errors[0].message}`} />);
      const steps = draft.steps.slice(first - 1, Math.max(first, last));
      if (steps.length === 0) return part(c, <Tried fault={`There is no step ${first}.`} />);
      const tried = await attempted(() => trySteps(ctx, executionId, parseInput(trySchema, { steps }).steps));
      if (tried.error) return part(c, <Tried fault={tried.error.message} />);
      return part(c, <Tried result={tried.value} first={first} />);
    }),
  );

  return app;
}

/** The number of a step, from 1 on; the first one for anything that is none. */
function numberIn(value: unknown): number {
  const text = String(value ?? "");
  return /^\d{1,3}$/.test(text) ? Math.max(1, Number(text)) : 1;
}
