import type { Execution, Project, Run, Suite } from "../../db/domain/resources.ts";
import { type ExecutionStatus, isFinal, type RunCounts } from "../../db/domain/states.ts";
import { pathWords } from "../../db/domain/step-tree.ts";
import { browserTitles } from "../../db/domain/steps/definition.ts";
import type { WorkerLane } from "../../db/services/run-lanes.ts";
import { ActionButton, Empty, Note, Pager, TableBox } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { formatCount, plural } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { LiveChip } from "../parts/live-chip.tsx";
import { ReportLinks } from "../parts/report-links.tsx";
import { triggerWord } from "../parts/runs-table.tsx";
import { Screen } from "../parts/screen.tsx";
import { countOrder, totalOf } from "../parts/segment-bar.tsx";
import { Status, StatusIcon, toneOf } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { Ago, Duration } from "../parts/time.tsx";
import type { RunResults } from "../run-results.ts";
import { withQuery } from "../site.tsx";
import { MatrixTabs, RunGrid } from "./run-grid.tsx";
import { Progress } from "./run-progress.tsx";
import { RunTimeline } from "./run-timeline.tsx";

/** Executions of one status; `next` when there are more. */
export type ExecutionGroup = { status: ExecutionStatus; items: Execution[]; next: string | null };

type Props = RunResults & {
  run: Run;
  project: Project;
  suite: Suite | null;
  path: string;
  /** Why nothing of it runs although something is queued. */
  waits: string | null;
  now: Date;
  stops: boolean;
  retries: boolean;
  /** What its workers did when; null when it is not asked for. */
  timeline: { lanes: WorkerLane[]; cut: boolean } | null;
  /** Pictures of it that wait for approval. */
  snapshots: number;
};

/** A run, while it happens and afterwards: counts, progress, and the failures before everything else. */
export function RunPage(props: Props) {
  const { run, groups, path, status } = props;
  const live = isFinal(run.status)
    ? {}
    : {
        "hx-get": path,
        "hx-trigger": "live",
        "hx-swap": "outerHTML",
        "data-live-topic": `run:${run.id}`,
        "data-live-after": String(run.revision),
        "data-live-every": "500",
      };
  const failures = run.counts.failed + run.counts.error;
  return (
    <div
      class="page-live"
      id="run"
      {...live}
      data-watch={failures > 0 ? "failed" : run.status}
      data-watch-title={run.name}
    >
      <RunHead {...props} />
      <Counters counts={props.counts} path={path} status={status} />
      <Progress run={run} waits={props.waits} now={props.now} />
      {props.timeline ? <RunTimeline run={run} now={props.now} {...props.timeline} /> : null}
      {totalOf(run.counts) === 0 ? (
        <Empty title="Nothing to run">No test case was active when this run started.</Empty>
      ) : (
        <>
          <MatrixTabs cells={props.cells} filter={props.filter} isGrid={props.grid !== null} path={path} />
          {props.grid ? (
            <RunGrid matrix={props.grid} path={path} />
          ) : (
            <Executions groups={groups} counts={props.counts} path={path} />
          )}
        </>
      )}
      {props.grid ? (
        <Pager
          shown={props.grid.items.length}
          next={props.grid.nextCursor ? withQuery(path, { cursor: props.grid.nextCursor }) : null}
          first={path.includes("cursor=") ? withQuery(path, {}) : null}
        />
      ) : null}
      {status ? (
        <Pager
          shown={groups[0]?.items.length ?? 0}
          next={groups[0]?.next ? withQuery(path, { cursor: groups[0].next }) : null}
          first={path.includes("cursor=") ? withQuery(path, {}) : null}
        />
      ) : null}
    </div>
  );
}

function RunHead({ run, project, suite, now, stops, retries, path, timeline, snapshots }: Props) {
  const base = `/projects/${project.id}`;
  const failures = run.counts.failed + run.counts.error;
  return (
    <div class="head">
      <div class="head-text">
        <Crumbs items={[[`${base}/runs`, "Runs"]]} />
        <div class="head-title">
          <h1>
            <Text of={run.name} />
          </h1>
          <span aria-live="polite">
            <Status of={run.status} pill />
          </span>
        </div>
        <div class="meta">
          <span>
            {run.createdBy ? <Text of={run.createdBy} /> : null} {triggerWord(run.trigger)}
          </span>
          <span>
            started <Ago at={run.createdAt} now={now} />
          </span>
          {run.durationMs === null ? null : (
            <span>
              took <Duration ms={run.durationMs} />
            </span>
          )}
          <a href={withQuery(path, { timeline: timeline ? undefined : "true" })}>
            {timeline ? "Hide the timeline" : "Timeline"}
          </a>
          {isFinal(run.status) ? <ReportLinks runId={run.id} /> : null}
          {run.branch ? (
            <span>
              branch{" "}
              <code>
                <Text of={run.branch} />
              </code>
            </span>
          ) : null}
          {snapshots > 0 ? (
            <a class="status t-flaky" href={`${base}/snapshots?run=${run.id}`}>
              <Icon name="pending" />
              {plural(snapshots, "snapshot")} {snapshots === 1 ? "waits" : "wait"}
            </a>
          ) : null}
          {suite ? (
            <a href={`/suites/${suite.id}`}>
              Suite <Text of={suite.name} />
            </a>
          ) : null}
        </div>
      </div>
      <div class="actions">
        {isFinal(run.status) ? null : <LiveChip />}
        {stops ? (
          <ActionButton
            action={`/runs/${run.id}/stop`}
            label="Stop run"
            icon="stop"
            look="danger"
            confirm={`Stop this run? ${plural(run.counts.queued + run.counts.running, "execution")} will be cancelled.`}
          />
        ) : null}
        {retries && failures > 0 ? (
          <ActionButton
            action={`/runs/${run.id}/retry`}
            label={`Retry ${formatCount(failures)} failed`}
            icon="retry"
            look="primary"
          />
        ) : null}
        {retries ? (
          <ActionButton
            action={`/runs/${run.id}/retry`}
            label="Run all again"
            icon="play"
            fields={{ failedOnly: "false" }}
          />
        ) : null}
      </div>
    </div>
  );
}

type CountersProps = { counts: RunCounts; path: string; status: ExecutionStatus | null };

function Counters({ counts, path, status }: CountersProps) {
  const shown = countOrder.filter(
    (known) => counts[known] > 0 || known === "failed" || known === "passed" || known === "flaky",
  );
  return (
    <nav class="figures" aria-label="Executions by status">
      <a
        class="figure"
        href={withQuery(path, { status: undefined })}
        aria-current={status === null ? "page" : undefined}
      >
        <b>{formatCount(totalOf(counts))}</b>
        <span>all</span>
      </a>
      {shown.map((known) => (
        <a
          class={`figure${counts[known] === 0 ? " is-zero" : ""}`}
          href={withQuery(path, { status: known })}
          aria-current={status === known ? "page" : undefined}
        >
          <b class={`t-${toneOf(known)} tone`}>{formatCount(counts[known])}</b>
          <span class="with-icon">
            <StatusIcon of={known} label={false} />
            {known}
          </span>
        </a>
      ))}
    </nav>
  );
}

type ExecutionsProps = { groups: readonly ExecutionGroup[]; counts: RunCounts; path: string };

function Executions({ groups, counts, path }: ExecutionsProps) {
  if (groups.every((group) => group.items.length === 0)) {
    return <Note tone="quiet" title="No execution of this run has this status (any more)." />;
  }
  return (
    <TableBox label="Executions">
      <table class="list stack">
        <caption class="sr">Executions, failures first</caption>
        <thead>
          <tr>
            <th scope="col">Test case</th>
            <th scope="col">Result</th>
            <th scope="col">Tries</th>
            <th scope="col">Browser</th>
            <th scope="col" class="num">
              Duration
            </th>
          </tr>
        </thead>
        {groups.map((group) => (
          <tbody>
            <tr class="group">
              <th colspan={5} scope="rowgroup">
                <span class="with-icon">
                  <Status of={group.status} />
                  <span class="dim">{formatCount(counts[group.status])}</span>
                </span>
              </th>
            </tr>
            {group.items.map((execution) => (
              <ExecutionRow execution={execution} />
            ))}
            {group.next && groups.length > 1 ? (
              <tr>
                <td colspan={5}>
                  <a href={withQuery(path, { status: group.status })}>
                    All {formatCount(counts[group.status])} {group.status}
                  </a>
                </td>
              </tr>
            ) : null}
          </tbody>
        ))}
      </table>
    </TableBox>
  );
}

function ExecutionRow({ execution }: { execution: Execution }) {
  return (
    <tr>
      <td class="main">
        <a href={`/executions/${execution.id}`}>
          <Text of={execution.testCaseName} />
        </a>
        {execution.group ? (
          <div class="sub">
            <Text of={execution.group} />
          </div>
        ) : null}
        {execution.error ? (
          <a
            class={`reason t-${toneOf(execution.status)}`}
            href={`/executions/${execution.id}`}
            tabindex={-1}
          >
            {execution.error.step === null
              ? null
              : `Step ${pathWords(execution.error.path ?? String(execution.error.step))}: `}
            <Text of={execution.error.message} />
          </a>
        ) : null}
      </td>
      <td data-label="Result">
        <Status of={execution.status} />
      </td>
      <td data-label="Tries">{execution.attempt === 0 ? <span class="dim">-</span> : execution.attempt}</td>
      <td data-label="Browser">
        {browserTitles[execution.browser]}{" "}
        <span class="dim nowrap">
          <Screen of={execution.viewport} />
        </span>
      </td>
      <td class="num" data-label="Duration">
        <Duration ms={execution.durationMs} />
      </td>
    </tr>
  );
}
