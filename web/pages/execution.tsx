import type { Project } from "../../db/domain/resources.ts";
import type { Evidence, ExecutionView } from "../execution-view.ts";
import { isLive } from "../execution-view.ts";
import { ActionButton } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { Icon } from "../parts/icon.tsx";
import { LiveChip } from "../parts/live-chip.tsx";
import { LivePane, type LivePaneProps } from "../parts/live-view.tsx";
import { Status, StatusIcon } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { Ago, Duration } from "../parts/time.tsx";
import { withQuery } from "../site.tsx";
import { Diagnosis } from "./execution-diagnosis.tsx";
import { EvidencePanel } from "./execution-evidence.tsx";
import { FilmStrip, PicturePane, StepDetails, StepList } from "./execution-panes.tsx";

export type RegionProps = { view: ExecutionView; path: string; now: Date; stops: boolean; retries: boolean };
type PageProps = RegionProps & {
  project: Project;
  evidence: Evidence;
  attempt: number | null;
  /** Of an execution that has not ended. */
  live: LivePaneProps | null;
};

export function ExecutionPage({ project, evidence, attempt, live, ...props }: PageProps) {
  return (
    <>
      <ExecutionRegion {...props} />
      {live ? <LivePane {...live} /> : null}
      <EvidencePanel
        evidence={evidence}
        view={props.view}
        path={props.path}
        attempt={attempt}
        project={project}
      />
    </>
  );
}

/** Everything but the log: it is small, and fetched again whenever something happens. */
export function ExecutionRegion(props: RegionProps) {
  const { view, path } = props;
  const { execution } = view;
  const live = isLive(execution)
    ? {
        "hx-get": path,
        "hx-trigger": "live",
        "hx-swap": "outerHTML",
        // What a person chooses goes before what happens meanwhile.
        "hx-sync": "this:drop",
        "data-live-topic": `execution:${execution.id}`,
        "data-live-every": "250",
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
      <Diagnosis view={view} now={props.now} />
      <Attempts view={view} path={path} />
      <div
        class="panes"
        hx-boost="true"
        hx-target="#execution"
        hx-swap="outerHTML"
        hx-sync="#execution:replace"
      >
        <StepList view={view} path={path} />
        <PicturePane view={view} />
        <StepDetails view={view} path={path} />
      </div>
      <FilmStrip view={view} path={path} />
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
            {execution.browser} {execution.viewport.width} × {execution.viewport.height}
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
          href={withQuery(path, { attempt: String(attempt.number), step: undefined, after: undefined })}
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
