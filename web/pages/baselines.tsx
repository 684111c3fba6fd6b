import type { Page } from "../../db/domain/queries.ts";
import type { Project } from "../../db/domain/resources.ts";
import type { Baseline } from "../../db/domain/snapshot-resources.ts";
import { ActionButton, Empty, TableBox } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { Icon } from "../parts/icon.tsx";
import { ListPager } from "../parts/list-pager.tsx";
import { baselinePath, Thumb, variantWords } from "../parts/snapshot-facts.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { visibleText } from "../parts/visible-text.ts";
import { SnapshotTabs } from "./snapshots.tsx";

type ListProps = { project: Project; page: Page<Baseline>; waiting: number; path: string; now: Date };

/** The pictures that tests of a project are held to. */
export function Baselines({ project, page, waiting, path, now }: ListProps) {
  const base = `/projects/${project.id}`;
  return (
    <>
      <div class="head">
        <div class="head-text">
          <h1>Snapshots</h1>
        </div>
      </div>
      <SnapshotTabs base={base} current="baselines" waiting={waiting} />
      {page.items.length === 0 ? (
        <Empty title="No baselines yet">
          A picture becomes a baseline when somebody approves it. Each test case, name, branch, browser and
          view has one of its own.
        </Empty>
      ) : (
        <BaselineTable items={page.items} base={base} now={now} />
      )}
      <ListPager page={page} path={path} />
    </>
  );
}

function BaselineTable({ items, base, now }: { items: readonly Baseline[]; base: string; now: Date }) {
  return (
    <TableBox label="Baselines">
      <table class="list stack snapshots">
        <caption class="sr">Baselines, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="sr">Picture</span>
            </th>
            <th scope="col">Baseline</th>
            <th scope="col">Branch</th>
            <th scope="col">Browser and view</th>
            <th scope="col">Approved</th>
          </tr>
        </thead>
        <tbody>
          {items.map((baseline) => (
            <tr>
              <td class="thumb-cell">
                <Thumb src={baselinePath(baseline.projectId, baseline.id)} />
              </td>
              <td class="main">
                <a href={`${base}/baselines/${baseline.id}`}>
                  <Text of={baseline.name} />
                </a>
                <div class="sub">
                  <a href={`/test-cases/${baseline.testCaseId}`}>
                    <Text of={baseline.testCaseName} />
                  </a>
                  {baseline.revision > 1 ? <span>{baseline.revision} revisions</span> : null}
                </div>
              </td>
              <td data-label="Branch">
                <code>
                  <Text of={baseline.branch} />
                </code>
              </td>
              <td data-label="In">{variantWords(baseline)}</td>
              <td data-label="Approved">
                <Approval baseline={baseline} now={now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function Approval({ baseline, now }: { baseline: Baseline; now: Date }) {
  return (
    <>
      <Ago at={baseline.approvedAt} now={now} />
      {baseline.approvedBy ? (
        <span class="dim">
          {" "}
          <Text of={baseline.approvedBy} />
        </span>
      ) : null}
    </>
  );
}

type PageProps = {
  project: Project;
  baseline: Baseline;
  /** Every picture that was approved for the same, the newest first. */
  history: readonly Baseline[];
  approves: boolean;
  now: Date;
};

/** One approved picture, and those before and after it. */
export function BaselinePage({ project, baseline, history, approves, now }: PageProps) {
  const base = `/projects/${project.id}`;
  const src = baselinePath(project.id, baseline.id);
  return (
    <>
      <div class="head">
        <div class="head-text">
          <Crumbs
            items={[
              [`${base}/baselines`, "Baselines"],
              [`/test-cases/${baseline.testCaseId}`, baseline.testCaseName],
            ]}
          />
          <div class="head-title">
            <h1>
              <Text of={baseline.name} />
            </h1>
            {baseline.isCurrent ? (
              <span class="status t-passed status-pill">
                <Icon name="passed" />
                holds
              </span>
            ) : (
              <span class="status t-quiet status-pill">
                <Icon name="deprecated" />
                replaced
              </span>
            )}
          </div>
          <div class="meta">
            <span>revision {baseline.revision}</span>
            <span>{variantWords(baseline)}</span>
            <span>
              branch{" "}
              <code>
                <Text of={baseline.branch} />
              </code>
            </span>
            <span>
              {baseline.pictureWidth} × {baseline.pictureHeight} pixels
            </span>
            <span>
              approved <Approval baseline={baseline} now={now} />
            </span>
            {baseline.executionId ? <a href={`/executions/${baseline.executionId}`}>Execution</a> : null}
          </div>
        </div>
        {approves && !baseline.isCurrent ? (
          <ActionButton
            action={`${base}/baselines/${baseline.id}/restore`}
            label="Make it hold again"
            icon="retry"
            look="primary"
            confirm="Hold tests to this picture again? The present one stays in the history."
          />
        ) : null}
      </div>
      <figure class="panel snapshot-alone">
        <figcaption class="panel-head">Revision {baseline.revision}</figcaption>
        <a href={src} target="_blank" rel="noopener" title="Open the picture in full size">
          <img src={src} decoding="async" alt={visibleText(`${baseline.name}, as it was approved`)} />
        </a>
      </figure>
      <section class="section" aria-labelledby="history">
        <h2 id="history">History</h2>
        <TableBox label="History">
          <table class="list stack snapshots">
            <caption class="sr">Every picture that was approved for the same, the newest first</caption>
            <thead>
              <tr>
                <th scope="col">
                  <span class="sr">Picture</span>
                </th>
                <th scope="col">Revision</th>
                <th scope="col">Size</th>
                <th scope="col">Approved</th>
              </tr>
            </thead>
            <tbody>
              {history.map((one) => (
                <tr aria-current={one.id === baseline.id ? "true" : undefined}>
                  <td class="thumb-cell">
                    <Thumb src={baselinePath(project.id, one.id)} />
                  </td>
                  <td class="main">
                    <a href={`${base}/baselines/${one.id}`}>Revision {one.revision}</a>
                    {one.isCurrent ? <div class="sub">holds</div> : null}
                  </td>
                  <td data-label="Size" class="nowrap">
                    {one.pictureWidth} × {one.pictureHeight}
                  </td>
                  <td data-label="Approved">
                    <Approval baseline={one} now={now} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
      </section>
    </>
  );
}
