import type { Page, TestCaseQuery } from "../../db/domain/queries.ts";
import type { Project, TestCaseSummary } from "../../db/domain/resources.ts";
import { priorities, testCaseStatuses } from "../../db/domain/states.ts";
import type { TestCaseCounts } from "../../db/services/test-case-counts.ts";
import { AddTestCase } from "../parts/add-test-case.tsx";
import { ActionsHead, Empty, Pager, type Tab, TableBox, Tabs, Tags } from "../parts/bits.tsx";
import { Options } from "../parts/field.tsx";
import { formatCount } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { Status } from "../parts/status.tsx";
import { TestCaseActions } from "../parts/test-case-actions.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { withQuery } from "../site.tsx";

type Props = {
  project: Project;
  page: Page<TestCaseSummary>;
  counts: TestCaseCounts;
  query: TestCaseQuery;
  typed: string;
  path: string;
  now: Date;
  writes: boolean;
  runs: boolean;
};

const sorts = [
  { value: "-updatedAt", label: "Newest change first" },
  { value: "updatedAt", label: "Oldest change first" },
  { value: "name", label: "Name, A to Z" },
  { value: "-name", label: "Name, Z to A" },
  { value: "-createdAt", label: "Newest first" },
  { value: "createdAt", label: "Oldest first" },
];

export function TestCases(props: Props) {
  const { project, query, typed, writes } = props;
  const base = `/projects/${project.id}`;
  return (
    <>
      <div class="head">
        <div class="head-text">
          <h1>Test cases</h1>
        </div>
        <div class="actions">
          <a class="btn btn-quiet" href={`${base}/groups`}>
            Groups of steps
          </a>
          {writes ? <AddTestCase base={base} /> : null}
        </div>
      </div>
      <search>
        <form
          class="filters"
          method="get"
          action={`${base}/test-cases`}
          hx-get={`${base}/test-cases`}
          hx-target="#test-case-list"
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
              value={typed}
              placeholder="Words, @tag, p:high"
              aria-label="Search test cases: words, @tag, s:status, p:priority"
              autocomplete="off"
              maxlength={200}
              data-search
            />
            <span class="kbd" aria-hidden="true">
              /
            </span>
          </div>
          <select class="select" name="priority" aria-label="Priority">
            <Options
              value={query.priority ?? ""}
              options={[
                { value: "", label: "Any priority" },
                ...priorities.map((value) => ({ value, label: `Priority: ${value}` })),
              ]}
            />
          </select>
          <select class="select" name="sort" aria-label="Order">
            <Options value={query.sort} options={sorts} />
          </select>
          {query.tag ? <input type="hidden" name="tag" value={query.tag} /> : null}
          {query.status ? <input type="hidden" name="status" value={query.status} /> : null}
          {query.archived === "true" ? <input type="hidden" name="archived" value="true" /> : null}
          <noscript>
            <button class="btn" type="submit">
              Apply
            </button>
          </noscript>
        </form>
      </search>
      <TestCaseList {...props} />
    </>
  );
}

/** Tabs, table and pager: the part that a search replaces. */
export function TestCaseList(props: Props) {
  const { page, path, query } = props;
  return (
    <div class="section" id="test-case-list">
      <Tabs label="Status of the test cases" tabs={statusTabs(props)} />
      {query.tag ? (
        <p class="chips">
          <span class="chip">
            <Text of={`@${query.tag}`} />
          </span>
          <a class="small" href={withQuery(path, { tag: undefined, q: undefined })}>
            any tag
          </a>
        </p>
      ) : null}
      {page.items.length === 0 ? <NothingFound {...props} /> : <Table {...props} />}
      <Pager
        shown={page.items.length}
        next={page.nextCursor && withQuery(path, { cursor: page.nextCursor })}
        first={query.cursor ? withQuery(path, {}) : null}
      />
    </div>
  );
}

function statusTabs({ path, query, counts }: Props): Tab[] {
  const isArchived = query.archived === "true";
  const all = {
    href: withQuery(path, { status: undefined, archived: undefined }),
    label: "All",
    count: counts.all,
  };
  const archived = {
    href: withQuery(path, { status: undefined, archived: "true" }),
    label: "Archived",
    count: counts.archived,
  };
  return [
    { ...all, current: !query.status && !isArchived },
    ...testCaseStatuses.map((status) => ({
      href: withQuery(path, { status, archived: undefined }),
      label: `${status[0]?.toUpperCase()}${status.slice(1)}`,
      count: counts[status],
      current: query.status === status && !isArchived,
    })),
    { ...archived, current: isArchived },
  ];
}

function Table({ project, page, path, now, writes, runs }: Props) {
  return (
    <TableBox label="Test cases">
      <table class="list stack">
        <caption class="sr">Test cases</caption>
        <thead>
          <tr>
            <th scope="col">Test case</th>
            <th scope="col">Last result</th>
            <th scope="col">Status</th>
            <th scope="col">Priority</th>
            <th scope="col" class="num">
              Steps
            </th>
            <th scope="col">Changed</th>
            <ActionsHead />
          </tr>
        </thead>
        <tbody>
          {page.items.map((test) => (
            <tr>
              <td class="main">
                <a href={`/test-cases/${test.id}`}>
                  <Text of={test.name} />
                </a>
                <div class="sub">
                  {test.group ? <Text of={test.group} /> : null}
                  <Tags
                    tags={test.tags}
                    href={(tag) =>
                      withQuery(
                        `/projects/${project.id}/test-cases${new URL(path, "http://v.invalid").search}`,
                        { tag, q: undefined },
                      )
                    }
                  />
                </div>
              </td>
              <td data-label="Last result">
                {test.lastExecution ? (
                  <a class="plain" href={`/executions/${test.lastExecution.id}`}>
                    <Status of={test.lastExecution.status} />
                  </a>
                ) : (
                  <span class="dim">never run</span>
                )}
              </td>
              <td data-label="Status">
                <Status of={test.status} />
              </td>
              <td data-label="Priority">{test.priority}</td>
              <td class="num" data-label="Steps">
                {formatCount(test.stepCount)}
              </td>
              <td data-label="Changed">
                <span>
                  <Ago at={test.updatedAt} now={now} />{" "}
                  <a class="dim" href={`/test-cases/${test.id}/versions`} title={`Version ${test.version}`}>
                    v{test.version}
                  </a>
                </span>
              </td>
              <td class="cell-actions">
                <TestCaseActions test={test} writes={writes} runs={runs} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function NothingFound({ project, query, typed, counts, writes, path }: Props) {
  const base = `/projects/${project.id}`;
  const isFiltered = Boolean(typed || query.tag || query.priority);
  if (!isFiltered && query.archived === "true") {
    return (
      <Empty title="Nothing is archived">
        Archived test cases keep their history and can be restored from here.
      </Empty>
    );
  }
  if (isFiltered || query.status) {
    return (
      <Empty
        title="No test case matches"
        action={
          <a class="btn" href={`${base}/test-cases`}>
            Show all {formatCount(counts.all)}
          </a>
        }
      >
        {query.status ? `Only ${query.status} ones are looked at. ` : null}
        {isFiltered
          ? "Every word must occur in the name, the group, the description or a tag."
          : "None has this status."}{" "}
        {query.cursor ? <a href={withQuery(path, {})}>Back to the first page</a> : null}
      </Empty>
    );
  }
  return (
    <Empty
      title="No test cases yet"
      action={
        writes ? (
          <>
            <a class="btn btn-primary" href={`${base}/test-cases/new`}>
              Write a test case
            </a>
            <a class="btn" href={`${base}/import`}>
              Import a recording
            </a>
          </>
        ) : null
      }
    >
      A test case is a list of steps that a browser carries out.
      {writes
        ? " Write one here, or record one in Chrome DevTools and import it."
        : " Members of the organization write them; your role reads."}
    </Empty>
  );
}
