import postgres from "postgres";
import type { TestApp } from "../../api/testing/app.ts";
import { makeProject } from "../../db/testing/factories.ts";
import { type Amounts, fill } from "../../db/testing/fill.ts";
import type { ListedPage } from "./page-list.ts";

/** A project with a lot in it, and the pages that have to show it. */
export async function seedMany(t: TestApp, amounts: Amounts): Promise<ListedPage[]> {
  const ctx = t.world.as.alice;
  const { organizationId } = t.world.project;
  const { id } = await makeProject(ctx, organizationId, {
    name: "A project with a great many of everything",
  });
  await fill(t.database.db.sql, { organizationId, projectId: id }, amounts);
  // A database that has grown to this size knows it.
  const owner = postgres(t.database.ownerUrl, { max: 1, onnotice: () => {} });
  await owner`analyze`;
  await owner.end();
  const newest = async (path: string) => {
    const { body } = await t.call("alice", "GET", `${path}projectId=${id}&limit=1`);
    return (body.items as { id: string; testCaseId?: string }[])[0];
  };
  const run = await newest("/runs?");
  const suite = await newest("/test-suites?");
  const execution = await newest("/executions?status=failed&");
  const base = `/projects/${id}`;
  const pages: [string, string][] = [
    ["overview", base],
    ["cases", `${base}/test-cases`],
    ["cases-name", `${base}/test-cases?sort=name`],
    ["cases-search", `${base}/test-cases?q=script`],
    ["cases-tag", `${base}/test-cases?tag=tag-7`],
    ["suites", `${base}/suites`],
    ["suite", `/suites/${suite?.id}`],
    ["suite-new", `${base}/suites/new`],
    ["runs", `${base}/runs`],
    ["runs-failed", `${base}/runs?status=failed`],
    ["runs-error", `${base}/runs?status=error`],
    ["run", `/runs/${run?.id}`],
    ["run-timeline", `/runs/${run?.id}?timeline=true`],
    ["execution", `/executions/${execution?.id}`],
    ["compare", `/executions/${execution?.id}/compare`],
    ["case-history", `/test-cases/${execution?.testCaseId}/history`],
    ["schedules", `${base}/schedules`],
    ["wall", `${base}/wall`],
    ["settings", `${base}/settings`],
    ["projects", "/projects"],
  ];
  return pages.map(([name, path]) => ({ name: `many-${name}`, path, who: "alice" }));
}
