import type { PropsWithChildren } from "hono/jsx";
import type { Page, RunQuery } from "../../db/domain/queries.ts";
import type { Project, Run, Suite } from "../../db/domain/resources.ts";
import { runStatuses } from "../../db/domain/states.ts";
import { Empty, Pager, Tabs } from "../parts/bits.tsx";
import { RunsTable } from "../parts/runs-table.tsx";
import { Text } from "../parts/text.tsx";
import { withQuery } from "../site.tsx";

export function Runs({ projectId, children }: PropsWithChildren<{ projectId: string }>) {
  return (
    <>
      <div class="head">
        <div class="head-text">
          <h1>Runs</h1>
        </div>
        <div class="actions">
          <a class="btn" href={`/projects/${projectId}/wall`}>
            Wall of running pages
          </a>
        </div>
      </div>
      {children}
    </>
  );
}

type Props = {
  project: Project;
  page: Page<Run>;
  query: RunQuery;
  suite: Suite | null;
  path: string;
  now: Date;
};

/** The list of runs; the first page follows what happens. */
export function RunList({ project, page, query, suite, path, now }: Props) {
  const live = query.cursor
    ? {}
    : {
        "hx-get": path,
        "hx-trigger": "live",
        "hx-swap": "outerHTML",
        "data-live-topic": `project:${project.id}`,
        "data-live-after": "0",
        "data-live-every": "2000",
      };
  return (
    <div class="section" id="run-list" {...live}>
      <Tabs
        label="Status of the runs"
        tabs={[
          { href: withQuery(path, { status: undefined }), label: "All", current: !query.status },
          ...runStatuses.map((status) => ({
            href: withQuery(path, { status }),
            label: `${status[0]?.toUpperCase()}${status.slice(1)}`,
            current: query.status === status,
          })),
        ]}
      />
      {suite ? (
        <p class="chips">
          <a class="chip" href={`/suites/${suite.id}`}>
            Suite: <Text of={suite.name} />
          </a>
          <a class="small" href={withQuery(path, { suite: undefined })}>
            runs of every suite
          </a>
        </p>
      ) : null}
      {page.items.length === 0 ? (
        <NoRuns project={project} query={query} />
      ) : (
        <RunsTable runs={page.items} now={now} label="Runs, the newest first" />
      )}
      <Pager
        shown={page.items.length}
        next={page.nextCursor && withQuery(path, { cursor: page.nextCursor })}
        first={query.cursor ? withQuery(path, {}) : null}
      />
    </div>
  );
}

function NoRuns({ project, query }: { project: Project; query: RunQuery }) {
  const base = `/projects/${project.id}`;
  if (query.status || query.suiteId) {
    return (
      <Empty
        title="No run matches"
        action={
          <a class="btn" href={`${base}/runs`}>
            Show every run
          </a>
        }
      >
        {query.status ? `No run here is ${query.status}.` : "This suite has not run yet."}
      </Empty>
    );
  }
  return (
    <Empty
      title="Nothing has run yet"
      action={
        <>
          <a class="btn btn-primary" href={`${base}/suites`}>
            To the suites
          </a>
          <a class="btn" href={`${base}/test-cases`}>
            To the test cases
          </a>
        </>
      }
    >
      A run starts from a suite, from a single test case, from the API or from the command line:{" "}
      <code>verdict run</code>.
    </Empty>
  );
}
