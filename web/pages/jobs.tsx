import type { PropsWithChildren } from "hono/jsx";
import type { Job, Worker } from "../../db/domain/installation.ts";
import type { JobQuery, Page } from "../../db/domain/queries.ts";
import { type JobOutcome, type JobState, jobOutcomes, jobStates } from "../../db/domain/states.ts";
import { Empty, Pager, TableBox } from "../parts/bits.tsx";
import { formatCount, plural } from "../parts/figures.ts";
import { Status, StatusIcon, toneOf } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { withQuery } from "../site.tsx";

export type JobCounts = Record<JobState | JobOutcome, number>;

/** How often the pages of the queue are fetched again, by `refresh.js`, while they are looked at. */
export const refreshMs = "3000";

export function Jobs({ children }: PropsWithChildren) {
  return (
    <>
      <div class="head">
        <div class="head-text">
          <h1>Jobs</h1>
          <p class="meta">
            Everything that workers do for every organization: what waits, what runs, what ended.
          </p>
        </div>
        <a class="btn" href="/workers">
          Workers
        </a>
      </div>
      {children}
    </>
  );
}

type Props = {
  page: Page<Job>;
  counts: JobCounts;
  workers: readonly Worker[];
  query: JobQuery;
  path: string;
  now: Date;
};

const words: Record<JobState | JobOutcome, string> = {
  ready: "ready to start",
  scheduled: "scheduled",
  running: "running",
  done: "done, 24 hours",
  cancelled: "cancelled, 24 hours",
  dead: "dead, 24 hours",
};

export function JobList({ page, counts, workers, query, path, now }: Props) {
  const here = "/jobs";
  return (
    <div
      class="page-live"
      id="job-list"
      hx-get={path}
      hx-trigger="refresh"
      hx-swap="outerHTML"
      data-refresh={refreshMs}
    >
      <nav class="figures" aria-label="Jobs by state">
        <a class="figure" href={here} aria-current={query.state ? undefined : "page"}>
          <b>{formatCount(Object.values(counts).reduce((sum, count) => sum + count, 0))}</b>
          <span>all</span>
        </a>
        {[...jobStates, ...jobOutcomes].map((state) => (
          <a
            class={`figure${counts[state] === 0 ? " is-zero" : ""}`}
            href={`${here}?state=${state}`}
            aria-current={query.state === state ? "page" : undefined}
          >
            <b class={`t-${toneOf(state)} tone`}>{formatCount(counts[state])}</b>
            <span class="with-icon">
              <StatusIcon of={state} label={false} />
              {words[state]}
            </span>
          </a>
        ))}
      </nav>
      {page.items.length === 0 ? (
        <NoJobs counts={counts} workers={workers} query={query} />
      ) : (
        <TableBox label="Jobs">
          <table class="list stack">
            <caption class="sr">Jobs, the newest first</caption>
            <thead>
              <tr>
                <th scope="col">State</th>
                <th scope="col">Job</th>
                <th scope="col">Why</th>
                <th scope="col" class="num">
                  Tries
                </th>
                <th scope="col">Created</th>
              </tr>
            </thead>
            <tbody>
              {page.items.map((job) => (
                <tr>
                  <td class="lead">
                    <Status of={job.state} />
                  </td>
                  <td class="main-narrow">
                    <a href={`/jobs/${job.id}`}>{job.kind}</a>
                    <div class="sub mono">{job.id.slice(-12)}</div>
                  </td>
                  <td data-label="Why" class="main">
                    <Text of={job.explanation} />
                    {job.error && !job.explanation.includes(job.error) ? (
                      <span class="reason">
                        <Text of={job.error} />
                      </span>
                    ) : null}
                  </td>
                  <td class="num" data-label="Tries">
                    {job.attempt}
                    {job.crashes > 0 ? (
                      <span class="dim"> ({plural(job.crashes, "crash", "crashes")})</span>
                    ) : null}
                  </td>
                  <td data-label="Created">
                    <Ago at={job.createdAt} now={now} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
      <Pager
        shown={page.items.length}
        next={page.nextCursor && withQuery(path, { cursor: page.nextCursor })}
        first={query.cursor ? withQuery(path, {}) : null}
      />
    </div>
  );
}

function NoJobs({ counts, workers, query }: Pick<Props, "counts" | "workers" | "query">) {
  const active = workers.filter(({ state }) => state === "active");
  const slots = active.reduce((sum, worker) => sum + worker.slots, 0);
  const workforce =
    active.length === 0
      ? "No worker is connected: what is started now will wait."
      : `${plural(active.length, "worker")} with ${plural(slots, "slot")} would take the next one at once.`;
  if (query.state) {
    return (
      <Empty
        title={`No job is ${query.state}`}
        action={
          <a class="btn" href="/jobs">
            Show all
          </a>
        }
      >
        {query.state === "ready" && counts.ready === 0 ? `Nothing waits. ${workforce}` : workforce}
      </Empty>
    );
  }
  return <Empty title="The queue is empty">Nothing has been started lately. {workforce}</Empty>;
}
