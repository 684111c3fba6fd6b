import { Hono } from "hono";
import type { Child } from "hono/jsx";
import type { BulkResult, Queue } from "../../db/domain/installation.ts";
import { deadChoiceSchema, type JobQuery, jobQuerySchema } from "../../db/domain/queries.ts";
import { type Window, windowNames } from "../../db/domain/tally.ts";
import { parseInput } from "../../db/domain/validation.ts";
import type { Ctx } from "../../db/services/context.ts";
import { countDead, discardJobs, replayJobs, retryJob } from "../../db/services/dead-letters.ts";
import { cancelJob, getJob, jobCounts, listJobs } from "../../db/services/jobs.ts";
import { listProjects } from "../../db/services/projects.ts";
import { listQueues, throughput } from "../../db/services/queues.ts";
import type { WebContext, WebEnv } from "../env.ts";
import type { PageHead } from "../layout.tsx";
import { JobPage } from "../pages/job.tsx";
import { JobFigures } from "../pages/job-figures.tsx";
import { JobList } from "../pages/job-list.tsx";
import { type JobCounts, Jobs } from "../pages/jobs.tsx";
import { Note } from "../parts/bits.tsx";
import { formatCount, plural } from "../parts/figures.ts";
import { Text } from "../parts/text.tsx";
import { attempted, go, idOf, part, pathOf, type Site, signedIn, wantedPart, withQuery } from "../site.tsx";

const verbs = { replay: replayJobs, discard: discardJobs } as const;
type Act = keyof typeof verbs;

/** Jobs, for platform administrators: what waits and why. */
export function jobRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get(
    "/jobs",
    signedIn(async (c, ctx) => {
      const query = queryOf((name) => c.req.query(name));
      const wanted = wantedPart(c);
      if (wanted === "job-figures") return part(c, await figuresOf(c, ctx, query, await headOf(ctx)));
      if (wanted === "job-list") return part(c, await listPart(c, ctx, query));
      return showJobs(site, c, ctx, query, placeOf(c), <Acted of={c} />);
    }),
  );

  app.post(
    "/jobs/dead",
    signedIn((c, ctx) => actOnDead(site, c, ctx)),
  );

  const showJob = async (c: WebContext, ctx: Ctx, id: string, fault: string | null) => {
    const job = await getJob(ctx, id);
    const body = <JobPage job={job} now={ctx.now()} fault={fault} />;
    if (wantedPart(c) === "job") return part(c, body);
    const head: PageHead = { title: `Job ${job.kind}`, section: "jobs", scripts: ["refresh"] };
    return site.page(c, ctx, head, body, fault ? 409 : 200);
  };

  app.get(
    "/jobs/:id",
    signedIn((c, ctx) => showJob(c, ctx, idOf(c, "job"), null)),
  );

  const discardOne = async (ctx: Ctx, id: string) => {
    await discardJobs(ctx, { ids: [id] });
    return getJob(ctx, id);
  };
  for (const [name, verb] of [
    ["retry", retryJob],
    ["cancel", cancelJob],
    ["discard", discardOne],
  ] as const) {
    app.post(
      `/jobs/:id/${name}`,
      signedIn(async (c, ctx) => {
        const id = idOf(c, "job");
        const result = await attempted(() => verb(ctx, id));
        return result.error === undefined
          ? go(c, `/jobs/${result.value.id}`)
          : showJob(c, ctx, id, result.error.message);
      }),
    );
  }

  return app;
}

/** What the address, or a form that came from it, says of the list. */
function queryOf(get: (name: string) => string | undefined): JobQuery {
  const given = {
    state: get("state"),
    kind: get("kind"),
    queue: get("queue"),
    projectId: get("project"),
    search: get("q"),
    cursor: get("cursor"),
    handled: get("state") === "dead" ? (get("handled") ?? "false") : undefined,
  };
  return parseInput(jobQuerySchema, Object.fromEntries(Object.entries(given).filter(([, value]) => value)));
}

function windowOf(c: WebContext): Window {
  return windowNames.find((name) => name === c.req.query("window")) ?? "5m";
}

/** The address without what it says of an act that is over. */
function placeOf(c: WebContext): string {
  const over = { acted: undefined, count: undefined, left: undefined };
  return withQuery(pathOf(c), { ...over, cursor: c.req.query("cursor") });
}

type Head = { counts: JobCounts; queues: Queue[] };

async function headOf(ctx: Ctx): Promise<Head> {
  const [counts, queues] = await Promise.all([jobCounts(ctx), listQueues(ctx)]);
  return { counts, queues };
}

async function showJobs(
  site: Site,
  c: WebContext,
  ctx: Ctx,
  query: JobQuery,
  path: string,
  note: Child,
  status: 200 | 409 = 200,
): Promise<Response> {
  const head = await headOf(ctx);
  const [figures, list, projects] = await Promise.all([
    figuresOf(c, ctx, query, head, path),
    listOf(ctx, query, head, path),
    listProjects(ctx, { limit: 100, archived: "false" }),
  ]);
  const parts = { note, figures, list };
  const body = <Jobs query={query} window={windowOf(c)} projects={projects.items} {...parts} />;
  return site.page(c, ctx, { title: "Jobs", section: "jobs", scripts: ["refresh"] }, body, status);
}

/** Fetched again, the list alone; after a choice of filters also the figures, whose links keep what was chosen. */
async function listPart(c: WebContext, ctx: Ctx, query: JobQuery): Promise<Child> {
  const head = await headOf(ctx);
  const list = await listOf(ctx, query, head, placeOf(c));
  if (c.req.header("HX-Trigger") === "job-list") return list;
  return (
    <>
      {list}
      {await figuresOf(c, ctx, query, head, placeOf(c), true)}
    </>
  );
}

async function figuresOf(
  c: WebContext,
  ctx: Ctx,
  query: JobQuery,
  head: Head,
  path = placeOf(c),
  isBeside = false,
): Promise<Child> {
  const asked = { window: windowOf(c), queue: query.queue, kind: query.kind };
  const done = await throughput(ctx, asked);
  return <JobFigures {...head} throughput={done} state={query.state} path={path} isBeside={isBeside} />;
}

async function listOf(ctx: Ctx, query: JobQuery, head: Head, path: string): Promise<Child> {
  const { kind, queue, projectId, search } = query;
  const asksDead = query.state === "dead" && query.handled === "false";
  const [page, dead] = await Promise.all([
    listJobs(ctx, query),
    asksDead ? countDead(ctx, { kind, queue, projectId, search }) : null,
  ]);
  return <JobList {...head} page={page} query={query} dead={dead} path={path} now={ctx.now()} />;
}

/** Those that were chosen, or all that match by the number that was shown; then back to the list. */
async function actOnDead(site: Site, c: WebContext, ctx: Ctx): Promise<Response> {
  const form = await c.req.formData();
  const text = (name: string) => {
    const value = form.get(name);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const act: Act = text("act") === "discard" ? "discard" : "replay";
  const query = queryOf((name) => (name === "state" ? "dead" : text(name)));
  const { kind, queue, projectId, search } = query;
  const expected = text("expected");
  const path = withQuery("/jobs?state=dead", { kind, queue, project: projectId, q: search });
  const choice = expected
    ? { filter: { kind, queue, projectId, search }, expected: Number(expected) }
    : { ids: form.getAll("id").map(String) };
  if (choice.ids?.length === 0) {
    const note = (
      <Note tone="failed" role="alert" title="Nothing was chosen: tick at least one dead letter." />
    );
    return showJobs(site, c, ctx, query, path, note, 409);
  }
  const result = await attempted(() => verbs[act](ctx, parseInput(deadChoiceSchema, choice)));
  if (result.error) {
    const note = <Note tone="failed" role="alert" title={result.error.message} />;
    return showJobs(site, c, ctx, query, path, note, 409);
  }
  const { done, refusedCount, left } = result.value;
  if (refusedCount > 0)
    return showJobs(site, c, ctx, query, path, <Refused act={act} result={result.value} />, 409);
  return go(
    c,
    withQuery(path, { acted: act, count: String(done), left: left > 0 ? String(left) : undefined }),
  );
}

const actWords: Record<Act, string> = { replay: "tried again", discard: "discarded" };

/** What was just done, as the address says; figures only. */
function Acted({ of: c }: { of: WebContext }) {
  const { acted = "", count = "", left = "0" } = c.req.query();
  if (!(acted in actWords) || !/^\d{1,6}$/.test(count) || !/^\d{1,6}$/.test(left)) return null;
  const words = `${plural(Number(count), "dead letter was", "dead letters were")} ${actWords[acted as Act]}.`;
  return (
    <Note tone="passed" role="status" title={words}>
      {Number(left) > 0 ? `${formatCount(Number(left))} more match.` : null}
    </Note>
  );
}

function Refused({ act, result: { done, refused, refusedCount } }: { act: Act; result: BulkResult }) {
  const title = `${formatCount(done)} ${actWords[act]}, ${formatCount(refusedCount)} refused`;
  return (
    <Note tone="failed" role="alert" title={title}>
      <ul>
        {refused.map(({ id, reason }) => (
          <li>
            <a href={`/jobs/${id}`}>{`…${id.slice(-12)}`}</a>: <Text of={reason} />
          </li>
        ))}
      </ul>
    </Note>
  );
}
