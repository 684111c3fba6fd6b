import type { Child } from "hono/jsx";
import { jobKinds, queueNames } from "../../db/domain/jobs.ts";
import type { JobQuery } from "../../db/domain/queries.ts";
import type { Project } from "../../db/domain/resources.ts";
import type { JobOutcome, JobState } from "../../db/domain/states.ts";
import { Options } from "../parts/field.tsx";
import { Icon } from "../parts/icon.tsx";
import { visibleText } from "../parts/visible-text.ts";

export type JobCounts = Record<JobState | JobOutcome, number>;

/** How often the pages of the queue are fetched again, by `refresh.js`, while they are looked at. */
export const refreshMs = "3000";
const idleRefreshMs = "15000";

/** Seldom while nothing waits or runs. */
export function refreshOf(counts: JobCounts): string {
  return counts.ready + counts.running + counts.scheduled > 0 ? refreshMs : idleRefreshMs;
}

type Props = {
  query: JobQuery;
  window: string;
  projects: readonly Project[];
  note: Child;
  figures: Child;
  list: Child;
};

/** What waits, what runs, what ended and what was given up, for every organization. */
export function Jobs({ query, window, projects, note, figures, list }: Props) {
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
      {note}
      {figures}
      <search>
        <Filters query={query} window={window} projects={projects} />
      </search>
      {list}
    </>
  );
}

function Filters({ query, window, projects }: Pick<Props, "query" | "window" | "projects">) {
  const known = projects.some(({ id }) => id === query.projectId);
  return (
    <form
      class="filters"
      method="get"
      action="/jobs"
      hx-get="/jobs"
      hx-target="#job-list"
      hx-swap="outerHTML"
      hx-trigger="input changed delay:300ms from:find input, change from:find select, submit"
      hx-push-url="true"
      data-filters
    >
      <div class="search">
        <Icon name="search" />
        <input
          class="input"
          type="search"
          name="q"
          value={query.search ?? ""}
          placeholder="Text of the error"
          aria-label="Search the text of errors"
          autocomplete="off"
          maxlength={200}
          data-search
        />
        <span class="kbd" aria-hidden="true">
          /
        </span>
      </div>
      <select class="select" name="kind" aria-label="Kind">
        <Options value={query.kind ?? ""} options={optionsOf("Any kind", jobKinds)} />
      </select>
      <select class="select" name="queue" aria-label="Queue">
        <Options value={query.queue ?? ""} options={optionsOf("Any queue", queueNames)} />
      </select>
      <select class="select" name="project" aria-label="Project">
        <Options
          value={query.projectId ?? ""}
          options={[
            { value: "", label: "Any project" },
            ...(query.projectId && !known
              ? [{ value: query.projectId, label: `Project …${query.projectId.slice(-12)}` }]
              : []),
            ...projects.map(({ id, name }) => ({ value: id, label: visibleText(name) })),
          ]}
        />
      </select>
      {query.state ? <input type="hidden" name="state" value={query.state} /> : null}
      {query.handled === "true" ? <input type="hidden" name="handled" value="true" /> : null}
      {window === "5m" ? null : <input type="hidden" name="window" value={window} />}
      <noscript>
        <button class="btn" type="submit">
          Apply
        </button>
      </noscript>
    </form>
  );
}

function optionsOf(any: string, values: readonly string[]) {
  return [{ value: "", label: any }, ...values.map((value) => ({ value, label: value }))];
}
