import { Hono } from "hono";
import type { Child } from "hono/jsx";
import { isId } from "../../db/domain/ids.ts";
import { executionQuerySchema } from "../../db/domain/queries.ts";
import type { Execution, TestCase } from "../../db/domain/resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import type { Ctx } from "../../db/services/context.ts";
import { getExecution, listExecutions } from "../../db/services/executions.ts";
import {
  giveInput,
  pauseExecution,
  resumeExecution,
  stepExecution,
  takeInput,
} from "../../db/services/live-control.ts";
import { getView } from "../../db/services/live-view.ts";
import { getProject } from "../../db/services/projects.ts";
import { may } from "../access.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { isLive } from "../execution-view.ts";
import { Wall, WallRegion } from "../pages/wall.tsx";
import { LivePane, type LivePaneProps } from "../parts/live-view.tsx";
import { TryBar } from "../parts/try-bar.tsx";
import { go, idOf, part, pathOf, type Site, signedIn, wantedPart } from "../site.tsx";

/** Pages on one wall; the others are on the next one. */
const tilesMax = 12;

/** What the pane of a running execution is shown with. */
export async function loadLivePane(ctx: Ctx, execution: Execution): Promise<LivePaneProps> {
  const view = await getView(ctx, execution.id);
  const controls = may(ctx, execution, "run.control");
  return { execution, view, controls, userId: ctx.actor.kind === "user" ? ctx.actor.userId : null };
}

/** The editor of a test case, with the browser in which its steps are tried beside it. */
export async function besideLive(
  c: WebContext,
  ctx: Ctx,
  testCase: TestCase,
  open: string | null,
  editor: Child,
): Promise<Child> {
  if (!may(ctx, testCase, "run.control")) return editor;
  const live = await loadHeld(ctx, testCase, c.req.query("live"));
  // Whole steps are tried: one that is open inside of another goes with the one at the top.
  const top = Number.parseInt(open ?? "0", 10);
  const executionId = live?.execution.id ?? null;
  return (
    <div class={live ? "beside-live" : undefined}>
      <div class="section">
        {testCase.steps.length > 0 ? (
          <TryBar testCaseId={testCase.id} executionId={executionId} step={top + 1} />
        ) : null}
        {editor}
      </div>
      {live ? <LivePane {...live} /> : null}
    </div>
  );
}

/** Null for what is none of this test case's, or has ended. */
async function loadHeld(ctx: Ctx, testCase: TestCase, id: string | undefined): Promise<LivePaneProps | null> {
  if (id === undefined || !isId(id)) return null;
  const execution = await getExecution(ctx, id);
  if (execution.testCaseId !== testCase.id || !isLive(execution)) return null;
  return loadLivePane(ctx, execution);
}

const verbs = {
  pause: pauseExecution,
  resume: resumeExecution,
  step: stepExecution,
  "take-input": takeInput,
  "give-input": giveInput,
} as const satisfies Record<string, (ctx: Ctx, id: string) => Promise<unknown>>;

/** Running pages: what holds one, and all of a project on a wall. */
export function liveViewRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  for (const [name, verb] of Object.entries(verbs)) {
    app.post(
      `/executions/:id/${name}`,
      signedIn(async (c, ctx) => {
        const id = idOf(c, "execution");
        await verb(ctx, id);
        return go(c, `/executions/${id}`);
      }),
    );
  }

  app.get(
    "/projects/:id/wall",
    signedIn(async (c, ctx) => {
      const projectId = idOf(c, "project");
      const cursor = c.req.query("cursor");
      const given = { projectId, status: "running", limit: String(tilesMax), ...(cursor ? { cursor } : {}) };
      const query = parseInput(executionQuerySchema, given);
      const [project, page] = await Promise.all([getProject(ctx, projectId), listExecutions(ctx, query)]);
      const props = { project, page, cursor, path: pathOf(c), now: ctx.now() };
      if (wantedPart(c) === "wall") return part(c, <WallRegion {...props} />);
      return site.page(
        c,
        ctx,
        { title: `Wall of ${project.name}`, project, section: "runs", scripts: ["live", "live-view"] },
        <Wall {...props} />,
      );
    }),
  );

  return app;
}
