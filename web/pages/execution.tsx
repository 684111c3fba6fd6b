import type { Evidence } from "../execution-evidence.ts";
import type { ViewQuery } from "../execution-query.ts";
import { type ExecutionView, isLive } from "../execution-view.ts";
import { ActionButton } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { Icon } from "../parts/icon.tsx";
import { LiveChip } from "../parts/live-chip.tsx";
import { LivePane, type LivePaneProps } from "../parts/live-view.tsx";
import { Screen } from "../parts/screen.tsx";
import { Status, StatusIcon } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { Ago, Duration } from "../parts/time.tsx";
import { withQuery } from "../site.tsx";
import { AgainstLater } from "./execution-against.tsx";
import { Diagnosis } from "./execution-diagnosis.tsx";
import { EvidencePanel } from "./execution-evidence.tsx";
import { PicturePane, StepCall } from "./execution-panes.tsx";
import { StepTree } from "./execution-steps.tsx";
import { Timeline } from "./execution-timeline.tsx";

export type RegionProps = {
  view: ExecutionView;
  path: string;
  query: ViewQuery;
  now: Date;
  stops: boolean;
  retries: boolean;
};
type PageProps = RegionProps & {
  evidence: Evidence;
  /** Of an execution that has not ended. */
  live: LivePaneProps | null;
};

/** The whole page, or the part of it that a change of the time window fetches again. */
export function ExecutionPage({ evidence, live, ...props }: PageProps) {
  return (
    <div class="page-live" id="execution-page">
      <ExecutionRegion {...props} />
      {live ? <LivePane {...live} /> : null}
      <EvidencePanel evidence={evidence} view={props.view} path={props.path} query={props.query} />
    </div>
  );
}

/** Above this many steps the page is fetched less often while it runs. */
const manySteps = 150;

/** Everything but the log: it is small, and fetched again whenever something happens. */
export function ExecutionRegion(props: RegionProps) {
  const { view, path, query } = props;
  const { execution } = view;
  const live = isLive(execution)
    ? {
        "hx-get": path,
        "hx-trigger": "live",
        "hx-swap": "outerHTML",
        // What a person chooses goes before what happens meanwhile.
        "hx-sync": "this:drop",
        "data-live-topic": `execution:${execution.id}`,
        "data-live-every": view.nodes.length > manySteps ? "1500" : "250",
      }
    : {};
  return (
    <div
      class="page-live"
      id="execution"
      {...live}
      data-watch={execution.status}
      data-watch-title={execution.testCaseName}
    >
      <Head {...props} />
      <Diagnosis view={view} path={path} now={props.now} />
      <Attempts view={view} path={path} />
      <Timeline view={view} path={path} window={query.window} />
      <div
        class="panes"
        hx-boost="true"
        hx-target="#execution"
        hx-swap="outerHTML"
        hx-sync="#execution:replace"
      >
        <StepTree view={view} path={path} query={query} />
        <PicturePane view={view} path={path} query={query} />
        <StepCall view={view} path={path} query={query} />
      </div>
      <AgainstLater view={view} />
    </div>
  );
}

function Head({ view, now, stops, retries }: RegionProps) {
  const { execution, environment } = view;
  return (
    <div class="head">
      <div class="head-text">
        <Crumbs
          items={[
            [`/projects/${execution.projectId}/runs`, "Runs"],
            [`/runs/${execution.runId}`, view.run.name],
          ]}
        />
        <div class="head-title">
          <h1>
            <Text of={execution.testCaseName} />
          </h1>
          <span aria-live="polite">
            <Status of={execution.status} pill />
          </span>
        </div>
        <div class="meta">
          <a href={`/test-cases/${execution.testCaseId}/versions?version=${execution.version}`}>
            version {execution.version}
          </a>
          <span>
            {execution.browser} <Screen of={execution.viewport} />
          </span>
          {environment ? <Text of={environment.name} /> : null}
          {execution.startedAt ? (
            <span>
              started <Ago at={execution.startedAt} now={now} />
            </span>
          ) : (
            <span>
              queued <Ago at={execution.createdAt} now={now} />
            </span>
          )}
          {execution.durationMs === null ? null : (
            <span>
              took <Duration ms={execution.durationMs} />
            </span>
          )}
          <a href={`/test-cases/${execution.testCaseId}`}>Edit</a>
          <a href={`/test-cases/${execution.testCaseId}/history`}>History</a>
          {isLive(execution) ? null : <a href={`/executions/${execution.id}/compare`}>Compare</a>}
        </div>
      </div>
      <div class="actions">
        {isLive(execution) ? <LiveChip /> : null}
        <Neighbours view={view} />
        {stops ? (
          <ActionButton action={`/executions/${execution.id}/stop`} label="Stop" icon="stop" look="danger" />
        ) : null}
        {retries ? (
          <ActionButton
            action={`/executions/${execution.id}/retry`}
            label="Run again"
            icon="play"
            look="primary"
          />
        ) : null}
      </div>
    </div>
  );
}

/** The failures before and after this one in its run. */
function Neighbours({ view }: { view: ExecutionView }) {
  const { previousFailure, nextFailure } = view.around;
  if (previousFailure === null && nextFailure === null) return null;
  const links = [
    [previousFailure, "left", "Previous failure of the run ([)", "previous"],
    [nextFailure, "right", "Next failure of the run (])", "next"],
  ] as const;
  return (
    <nav class="actions" aria-label="Failures of the run">
      {links.map(([id, icon, label, name]) =>
        id === null ? null : (
          <a class="btn btn-icon" href={`/executions/${id}`} title={label} data-failure={name}>
            <Icon name={icon} />
            <span class="sr">{label}</span>
          </a>
        ),
      )}
    </nav>
  );
}

function Attempts({ view, path }: { view: ExecutionView; path: string }) {
  if (view.attempts.length < 2) return null;
  return (
    <nav class="tabs" aria-label="Attempts">
      {view.attempts.map((attempt) => (
        <a
          href={withQuery(path, {
            attempt: String(attempt.number),
            step: undefined,
            after: undefined,
            from: undefined,
            to: undefined,
          })}
          aria-current={attempt.number === view.attempt ? "page" : undefined}
        >
          <StatusIcon of={attempt.status} />
          Attempt {attempt.number}
          <span class="dim small">
            <Duration ms={attempt.durationMs} />
          </span>
        </a>
      ))}
    </nav>
  );
}
