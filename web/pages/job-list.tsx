import type { Job, Queue } from "../../db/domain/installation.ts";
import { limits } from "../../db/domain/limits.ts";
import type { JobQuery, Page } from "../../db/domain/queries.ts";
import { Empty, Pager, TableBox } from "../parts/bits.tsx";
import { formatCount, plural } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { Status } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { withQuery } from "../site.tsx";
import { TriesTable } from "./job-tries.tsx";
import { type JobCounts, refreshOf } from "./jobs.tsx";

type Props = {
  page: Page<Job>;
  counts: JobCounts;
  queues: readonly Queue[];
  query: JobQuery;
  /** Dead letters that nobody has dealt with and that match; null where the list is of something else. */
  dead: number | null;
  path: string;
  now: Date;
};

/** The list: it follows what happens, but not under the hands of somebody who chooses dead letters or reads further on. */
export function JobList(props: Props) {
  const { page, query, dead, path, counts } = props;
  const isStill = dead !== null || query.cursor !== undefined;
  return (
    <div
      class="section"
      id="job-list"
      hx-get={path}
      hx-trigger="refresh"
      hx-swap="outerHTML"
      data-refresh={isStill ? undefined : refreshOf(counts)}
    >
      <ListHead {...props} />
      {page.items.length === 0 ? (
        <NoJobs {...props} />
      ) : dead === null ? (
        <JobTable {...props} />
      ) : (
        <DeadLetters {...props} />
      )}
      <Pager
        shown={page.items.length}
        next={page.nextCursor && withQuery(path, { cursor: page.nextCursor })}
        first={query.cursor ? withQuery(path, {}) : null}
      />
    </div>
  );
}

function ListHead({ query, path, dead }: Props) {
  if (query.state !== "dead") return <h2 class="sr">List</h2>;
  const isHandled = query.handled === "true";
  return (
    <>
      <div class="section-head">
        <h2>{isHandled ? "Dead letters that were dealt with" : "Dead letters"}</h2>
        <a href={withQuery(path, { handled: isHandled ? undefined : "true" })}>
          {isHandled ? "Those nobody has dealt with" : "Those that were dealt with"}
        </a>
      </div>
      {dead === null || dead === 0 ? null : (
        <p class="hint">
          Jobs that were given up, the newest first. Look at why, put that right, then try them again; or say
          that nothing is to be done.
        </p>
      )}
    </>
  );
}

function JobTable({ page, now }: Props) {
  return (
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
            <th scope="col">Enqueued</th>
          </tr>
        </thead>
        <tbody>
          {page.items.map((job) => (
            <tr>
              <td class="lead">
                <Status of={job.state} />
              </td>
              <JobName job={job} />
              <td data-label="Why" class="main">
                <Text of={job.explanation} />
              </td>
              <Tries job={job} />
              <td data-label="Enqueued">
                <Ago at={job.createdAt} now={now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function JobName({ job }: { job: Job }) {
  return (
    <td class="main-narrow">
      <a href={`/jobs/${job.id}`}>{job.kind}</a>
      <div class="sub">
        <span class="mono">{job.id.slice(-12)}</span>
        {job.projectId ? <a href={`/jobs?project=${job.projectId}`}>same project</a> : null}
      </div>
    </td>
  );
}

function Tries({ job }: { job: Job }) {
  return (
    <td class="num" data-label="Tries">
      {job.attempt}
      {job.crashes > 0 ? <span class="dim"> ({plural(job.crashes, "crash", "crashes")})</span> : null}
    </td>
  );
}

/** With boxes to choose from, and the whole of what matches by its number. Works without JavaScript. */
function DeadLetters(props: Props) {
  const { page, now } = props;
  return (
    <>
      <AllThatMatch {...props} />
      <form
        id="dead-chosen"
        class="bulk"
        method="post"
        action="/jobs/dead"
        data-confirm="Do this to the dead letters that are chosen?"
      >
        <Back {...props} />
        <label class="check">
          <input type="checkbox" data-check-all="dead-chosen" />
          All on this page
        </label>
        <BulkButtons what="chosen" />
      </form>
      <TableBox label="Dead letters">
        <table class="list stack">
          <caption class="sr">Dead letters, the newest first</caption>
          <thead>
            <tr>
              <th scope="col">
                <span class="sr">Choose</span>
              </th>
              <th scope="col">Job</th>
              <th scope="col">Why</th>
              <th scope="col" class="num">
                Tries
              </th>
              <th scope="col">Given up</th>
            </tr>
          </thead>
          <tbody>
            {page.items.map((job) => (
              <tr>
                <td class="lead">
                  <input
                    class="choose"
                    type="checkbox"
                    form="dead-chosen"
                    name="id"
                    value={job.id}
                    aria-label={`Choose job ${job.id.slice(-12)}`}
                  />
                </td>
                <JobName job={job} />
                <td class="main" data-label="Why">
                  <span class="reason t-failed">
                    <Text of={job.error ?? "no error was kept"} />
                  </span>
                  {job.history.length === 0 ? null : (
                    <details class="more" id={`tries-${job.id}`} data-keep-open>
                      <summary>
                        <Icon name="expand" />
                        {plural(job.history.length, "earlier try", "earlier tries")}
                      </summary>
                      <TriesTable tries={job.history} now={now} />
                    </details>
                  )}
                </td>
                <Tries job={job} />
                <td data-label="Given up">
                  <Ago at={job.finishedAt ?? job.createdAt} now={now} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </>
  );
}

function AllThatMatch(props: Props) {
  const dead = props.dead ?? 0;
  const atOnce = Math.min(dead, limits.bulkJobsMax);
  const all = dead >= limits.depthMax ? `more than ${formatCount(limits.depthMax)}` : formatCount(dead);
  const what = dead > atOnce ? `the oldest ${formatCount(atOnce)} of the ${all}` : `all ${all}`;
  return (
    <form
      id="dead-all"
      class="bulk"
      method="post"
      action="/jobs/dead"
      data-confirm={`Do this to ${what} dead letters that match?`}
    >
      <Back {...props} />
      <input type="hidden" name="expected" value={String(dead)} />
      <span>
        {plural(dead, "dead letter matches", "dead letters match")}
        {dead > atOnce ? `, ${formatCount(atOnce)} are taken at once` : ""}
      </span>
      <BulkButtons what={what} />
    </form>
  );
}

/** The filter, to act by and to come back to. */
function Back({ query }: Props) {
  const fields = { kind: query.kind, queue: query.queue, project: query.projectId, q: query.search };
  return (
    <>
      {Object.entries(fields).map(([name, value]) =>
        value ? <input type="hidden" name={name} value={value} /> : null,
      )}
    </>
  );
}

function BulkButtons({ what }: { what: string }) {
  return (
    <span class="actions">
      <button class="btn btn-small" type="submit" name="act" value="replay">
        Try {what} again
      </button>
      <button class="btn btn-small btn-danger" type="submit" name="act" value="discard">
        Discard {what}
      </button>
    </span>
  );
}

function NoJobs({ counts, queues, query }: Props) {
  const isFiltered = [query.kind, query.queue, query.projectId, query.search].some(Boolean);
  if (query.state || isFiltered || query.cursor) {
    const what =
      query.state === "dead" ? "No dead letter" : `No job${query.state ? ` is ${query.state}` : ""}`;
    return (
      <Empty
        title={
          isFiltered
            ? `${what}, or none that matches`
            : query.state === "dead"
              ? "There are no dead letters"
              : what
        }
        action={
          <a class="btn" href="/jobs">
            Show all
          </a>
        }
      >
        {query.state === "dead"
          ? "Whatever is given up after its last try stands here until somebody deals with it. "
          : null}
        {query.state === "ready" && counts.ready === 0 ? "Nothing waits. " : null}
        {isFiltered ? "Take a filter away to see more. " : workforceOf(queues)}
      </Empty>
    );
  }
  return <Empty title="The queue is empty">Nothing has been started lately. {workforceOf(queues)}</Empty>;
}

function workforceOf(queues: readonly Queue[]): string {
  const paused = queues.filter(({ mode }) => mode === "paused").map(({ name }) => name);
  if (paused.length > 0)
    return `Paused: ${paused.join(", ")}. What is started there waits until it is resumed.`;
  const browser = queues.find(({ name }) => name === "browser");
  if (!browser || browser.workers === 0) {
    return "No worker is connected: what is started now will wait. Start one; it is on the Workers page within seconds.";
  }
  return `${plural(browser.workers, "worker")} with ${plural(browser.slots, "slot")} would take the next one at once.`;
}
