import { Hono } from "hono";
import type { EventType } from "../../db/domain/events.ts";
import { compareExecutions } from "../../db/services/comparison.ts";
import { outlineAt } from "../../db/services/document-comparison.ts";
import { listEvents } from "../../db/services/evidence.ts";
import { listExecutions } from "../../db/services/executions.ts";
import { getProject } from "../../db/services/projects.ts";
import type { WebEnv } from "../env.ts";
import { documentsOf, loadDifference } from "../execution-difference.ts";
import { promptOf } from "../execution-prompt.ts";
import { readViewQuery, wholeNumber } from "../execution-query.ts";
import { loadExecutionView } from "../execution-view.ts";
import { AgainstGreen } from "../pages/execution-against.tsx";
import { ComparePage, rowOf } from "../pages/execution-compare.tsx";
import { Outline } from "../pages/execution-outline.tsx";
import { idOf, part, pathOf, type Site, signedIn, wantedPart } from "../site.tsx";

/** Of the console and of the network in a prompt: the last ones, which are nearest to the failure. */
const promptEventsMax = 60;
/** Executions that one can be compared with from the page; the address takes any. */
const othersMax = 50;
/** Lines of what a page said that are drawn; the text itself has all. */
const outlineLinesMax = 2_000;

/** What is made of an execution: the comparison with another one, and its facts as a prompt. */
export function executionFactRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get(
    "/executions/:id/prompt",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "execution");
      const view = await loadExecutionView(
        ctx,
        id,
        readViewQuery((name) => c.req.query(name)),
      );
      const newest = (types: readonly EventType[]) =>
        listEvents(ctx, id, { attempt: view.attempt, types, after: 0, limit: promptEventsMax, newest: true });
      const [console, network] = await Promise.all([
        newest(["console", "page-error"]),
        newest(["navigation", "request-failed"]),
      ]);
      c.header("Cache-Control", "private, no-store");
      return c.text(promptOf(view, { console: console.items, network: network.items }));
    }),
  );

  app.get(
    "/executions/:id/against",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "execution");
      const query = readViewQuery((name) => c.req.query(name));
      const difference = await loadDifference(ctx, site.deps.blobs, id, query);
      return part(c, <AgainstGreen difference={difference} id={id} now={ctx.now()} />);
    }),
  );

  app.get(
    "/executions/:id/outline",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "execution");
      const query = readViewQuery((name) => c.req.query(name));
      const { selected, attempt } = await loadExecutionView(ctx, id, query);
      const endedAt = selected?.startedAt == null ? null : selected.startedAt + (selected.durationMs ?? 0);
      const moment = { executionId: id, attempt, at: endedAt ?? 0 };
      const lines = endedAt === null ? null : await outlineAt(ctx, site.deps.blobs, moment);
      if (wantedPart(c) !== null)
        return part(c, <Outline lines={lines?.slice(0, outlineLinesMax) ?? null} />);
      c.header("Cache-Control", "private, no-store");
      return c.text(lines?.join("\n") ?? "There is no recording of the page at this moment.");
    }),
  );

  app.get(
    "/executions/:id/compare",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "execution");
      const to = c.req.query("to") || null;
      const comparison = await compareExecutions(ctx, id, to);
      const { testCaseId, projectId, testCaseName } = comparison.execution;
      const row = rowOf(comparison, wholeNumber(c.req.query("row")));
      const documents = await documentsOf(ctx, site.deps.blobs, comparison, row, null);
      const [others, project] = await Promise.all([
        listExecutions(ctx, { testCaseId, limit: othersMax }),
        getProject(ctx, projectId),
      ]);
      return site.page(
        c,
        ctx,
        { title: `Compare: ${testCaseName}`, project, section: "runs", scripts: ["slider"] },
        <ComparePage
          comparison={comparison}
          others={others.items.filter((other) => other.id !== id && other.startedAt !== null)}
          row={row}
          documents={documents}
          all={c.req.query("all") === "true"}
          path={pathOf(c)}
          now={ctx.now()}
        />,
      );
    }),
  );

  return app;
}
