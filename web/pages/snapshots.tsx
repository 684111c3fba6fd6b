import type { Page } from "../../db/domain/queries.ts";
import type { Project, Run } from "../../db/domain/resources.ts";
import type { ApprovedRun, Snapshot, SnapshotQuery } from "../../db/domain/snapshot-resources.ts";
import { ActionButton, Empty, Note, TableBox, Tabs } from "../parts/bits.tsx";
import { formatCount, plural } from "../parts/figures.ts";
import { ListPager } from "../parts/list-pager.tsx";
import { artifactPath, foundWords, SnapshotStatus, Thumb, variantWords } from "../parts/snapshot-facts.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { withQuery } from "../site.tsx";

export type SnapshotListProps = {
  project: Project;
  page: Page<Snapshot>;
  query: SnapshotQuery;
  /** How many wait: of the run when the list is of one, else of the project. */
  waiting: number;
  run: Run | null;
  approves: boolean;
  /** What came of approving all, when that was just done. */
  approved: ApprovedRun | null;
  path: string;
  now: Date;
};

/** The sections of a project's pictures: what waits, what was decided, what holds. */
export function SnapshotTabs({
  base,
  current,
  waiting,
}: {
  base: string;
  current: string;
  waiting?: number;
}) {
  const tabs = [
    ["waiting", `${base}/snapshots`, "Waiting"],
    ["approved", `${base}/snapshots?state=approved`, "Approved"],
    ["rejected", `${base}/snapshots?state=rejected`, "Rejected"],
    ["outdated", `${base}/snapshots?state=outdated`, "Out of date"],
    ["baselines", `${base}/baselines`, "Baselines"],
  ] as const;
  return (
    <Tabs
      label="Snapshots"
      tabs={tabs.map(([name, href, label]) => ({
        href,
        label,
        current: name === current,
        count: name === "waiting" ? waiting : undefined,
      }))}
    />
  );
}

/** Pictures of a project that somebody has to look at, or has looked at. */
export function Snapshots(props: SnapshotListProps) {
  const { project, page, query, waiting, run, approved, path } = props;
  const base = `/projects/${project.id}`;
  return (
    <>
      <div class="head">
        <div class="head-text">
          <h1>Snapshots</h1>
          {run ? (
            <div class="meta">
              <span>
                of the run{" "}
                <a href={`/runs/${run.id}`}>
                  <Text of={run.name} />
                </a>
              </span>
              <a href={`${base}/snapshots`}>All runs</a>
            </div>
          ) : null}
        </div>
        <ApproveAll {...props} />
      </div>
      {approved ? <Approved approved={approved} base={base} /> : null}
      <SnapshotTabs base={base} current={query.state} {...(run ? {} : { waiting })} />
      {page.items.length === 0 ? (
        <Nothing query={query} base={base} />
      ) : (
        <SnapshotTable {...props} base={base} />
      )}
      <ListPager page={page} path={path} />
    </>
  );
}

function ApproveAll({ project, query, waiting, run, approves }: SnapshotListProps) {
  if (!run || !approves || query.state !== "waiting" || waiting === 0) return null;
  return (
    <ActionButton
      action={`/projects/${project.id}/snapshots/approve`}
      label={`Approve all ${formatCount(waiting)}`}
      icon="passed"
      look="primary"
      fields={{ run: run.id }}
      confirm={`Approve ${plural(waiting, "picture")} of this run? From now on tests are held to them.`}
    />
  );
}

function Approved({ approved, base }: { approved: ApprovedRun; base: string }) {
  const { refused, left } = approved;
  return (
    <Note
      tone={refused.length > 0 ? "flaky" : "passed"}
      title={`Approved ${plural(approved.approved, "picture")}`}
      role="status"
    >
      {left > 0 ? <p>{plural(left, "picture")} of the run still wait: approve again.</p> : null}
      {refused.length > 0 ? (
        <ul>
          {refused.slice(0, 20).map(({ id, reason }) => (
            <li>
              <a href={`${base}/snapshots/${id}`}>
                <Text of={reason} />
              </a>
            </li>
          ))}
        </ul>
      ) : null}
    </Note>
  );
}

function Nothing({ query, base }: { query: SnapshotQuery; base: string }) {
  if (query.state !== "waiting") return <Empty title="None">No snapshot is in this state.</Empty>;
  return (
    <Empty
      title="Nothing waits for approval"
      action={
        <a class="btn" href={`${base}/baselines`}>
          Baselines
        </a>
      }
    >
      A step “Expect snapshot” pictures a page or an element. Its first picture, and every one that looks
      different from the approved one, waits here.
    </Empty>
  );
}

function SnapshotTable({ page, base, now, query }: SnapshotListProps & { base: string }) {
  return (
    <TableBox label="Snapshots">
      <table class="list stack snapshots">
        <caption class="sr">Snapshots, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="sr">Picture</span>
            </th>
            <th scope="col">Snapshot</th>
            <th scope="col">Found</th>
            <th scope="col">Branch</th>
            <th scope="col">Browser and view</th>
            <th scope="col">{query.state === "waiting" ? "Taken" : "Decided"}</th>
          </tr>
        </thead>
        <tbody>
          {page.items.map((snapshot) => (
            <tr>
              <td class="thumb-cell">
                <Thumb src={snapshot.actual.lost ? null : artifactPath(snapshot.actual.artifactId)} />
              </td>
              <td class="main">
                <a href={`${base}/snapshots/${snapshot.id}`}>
                  <Text of={snapshot.name} />
                </a>
                <div class="sub">
                  <a href={`/test-cases/${snapshot.testCaseId}`}>
                    <Text of={snapshot.testCaseName} />
                  </a>
                  <a href={withQuery(`${base}/snapshots`, { run: snapshot.runId })}>all of its run</a>
                </div>
              </td>
              <td class="nowrap" data-label="Found">
                {foundWords(snapshot)}
              </td>
              <td data-label="Branch">
                <code>
                  <Text of={snapshot.branch} />
                </code>
              </td>
              <td data-label="In">{variantWords(snapshot)}</td>
              <td data-label={query.state === "waiting" ? "Taken" : "Decided"}>
                <Ago at={snapshot.decidedAt ?? snapshot.createdAt} now={now} />
                {snapshot.decidedBy ? (
                  <span class="dim">
                    {" "}
                    <Text of={snapshot.decidedBy} />
                  </span>
                ) : null}
                {query.state === "waiting" ? null : (
                  <span class="sr">
                    <SnapshotStatus of={snapshot.state} />
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
