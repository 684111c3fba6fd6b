import type { Project } from "../../db/domain/resources.ts";
import type { Baseline, Snapshot } from "../../db/domain/snapshot-resources.ts";
import { ActionButton, Note, Tabs } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { Icon } from "../parts/icon.tsx";
import {
  artifactPath,
  baselinePath,
  foundWords,
  SnapshotStatus,
  variantWords,
} from "../parts/snapshot-facts.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { visibleText } from "../parts/visible-text.ts";
import { withQuery } from "../site.tsx";

export const snapshotViews = ["beside", "slider", "blink", "difference"] as const;
export type SnapshotView = (typeof snapshotViews)[number];

type Props = {
  project: Project;
  snapshot: Snapshot;
  /** What it was compared with, where that is still known. */
  baseline: Baseline | null;
  view: SnapshotView;
  approves: boolean;
  /** Why what was asked for could not be done. */
  fault: string | null;
  path: string;
  now: Date;
};

const titles: Record<SnapshotView, string> = {
  beside: "Side by side",
  slider: "Slider",
  blink: "Blink",
  difference: "Difference",
};

/** One picture that is new or looks different, against the approved one; and what to make of it. */
export function SnapshotPage(props: Props) {
  const { project, snapshot, view, fault, path } = props;
  const pictures = picturesOf(snapshot);
  const views = snapshotViews.filter((name) => isThere(name, pictures));
  return (
    <>
      <Head {...props} />
      {fault ? (
        <Note tone="failed" title="Not done" role="alert">
          <p>
            <Text of={fault} />
          </p>
        </Note>
      ) : null}
      {snapshot.state === "waiting" ? null : <Decided snapshot={snapshot} base={`/projects/${project.id}`} />}
      {views.length > 1 ? (
        <div data-snapshot-views>
          <Tabs
            label="How to compare"
            tabs={views.map((name) => ({
              href: withQuery(path, { view: name === "beside" ? undefined : name }),
              label: titles[name],
              current: name === view,
            }))}
          />
        </div>
      ) : null}
      <Shown view={views.includes(view) ? view : "beside"} pictures={pictures} name={snapshot.name} />
    </>
  );
}

function Head({ project, snapshot, baseline, approves, now }: Props) {
  const base = `/projects/${project.id}`;
  const own = `${base}/snapshots/${snapshot.id}`;
  return (
    <div class="head">
      <div class="head-text">
        <Crumbs
          items={[
            [`${base}/snapshots`, "Snapshots"],
            [`/test-cases/${snapshot.testCaseId}`, snapshot.testCaseName],
          ]}
        />
        <div class="head-title">
          <h1>
            <Text of={snapshot.name} />
          </h1>
          <SnapshotStatus of={snapshot.state} pill />
        </div>
        <div class="meta">
          <span>{foundWords(snapshot)}</span>
          <span>{variantWords(snapshot)}</span>
          <span>
            branch{" "}
            <code>
              <Text of={snapshot.branch} />
            </code>
          </span>
          <a
            href={`/executions/${snapshot.executionId}?attempt=${snapshot.attempt}&step=${snapshot.step + 1}`}
          >
            Execution
          </a>
          <a href={withQuery(`${base}/snapshots`, { run: snapshot.runId })}>All of its run</a>
          {baseline ? (
            <a href={`${base}/baselines/${baseline.id}`}>
              baseline approved <Ago at={baseline.approvedAt} now={now} />
              {baseline.branch === snapshot.branch ? null : (
                <>
                  {" "}
                  on <Text of={baseline.branch} />
                </>
              )}
            </a>
          ) : null}
        </div>
      </div>
      {approves && snapshot.state === "waiting" ? (
        <div class="actions" data-snapshot-actions>
          <ActionButton action={`${own}/reject`} label="Reject" icon="cross" />
          <ActionButton action={`${own}/approve`} label="Approve" icon="passed" look="primary" />
        </div>
      ) : null}
    </div>
  );
}

function Decided({ snapshot, base }: { snapshot: Snapshot; base: string }) {
  const who = snapshot.decidedBy;
  const words = {
    waiting: "",
    approved: "Tests of this name are held to this picture, or to one that was approved after it.",
    rejected: "It is wrong: what was approved before goes on to hold.",
    outdated: "A newer picture of it was taken, or another one was approved: look at what waits now.",
  };
  return (
    <p class="dim">
      {who ? (
        <>
          Decided by <Text of={who} />.{" "}
        </>
      ) : null}
      {words[snapshot.state]} <a href={`${base}/snapshots`}>What waits</a>
    </p>
  );
}

type Pictures = { actual: string | null; expected: string | null; diff: string | null };

function picturesOf(snapshot: Snapshot): Pictures {
  const { actual, expected, diff, baselineId, projectId } = snapshot;
  const kept = (file: Snapshot["expected"]) => (file && !file.lost ? artifactPath(file.artifactId) : null);
  return {
    actual: kept(actual),
    expected: kept(expected) ?? (baselineId && baselinePath(projectId, baselineId)),
    diff: kept(diff),
  };
}

function isThere(view: SnapshotView, { actual, expected, diff }: Pictures): boolean {
  if (view === "beside") return true;
  if (view === "difference") return diff !== null;
  return actual !== null && expected !== null;
}

function Shown({ view, pictures, name }: { view: SnapshotView; pictures: Pictures; name: string }) {
  const shown = visibleText(name);
  const { actual, expected, diff } = pictures;
  if (view === "difference" && diff) {
    return (
      <figure class="panel snapshot-alone">
        <figcaption class="panel-head">Difference: what differs is red</figcaption>
        <Full src={diff} alt={`${shown}: the picture faded, with what differs in red`} />
      </figure>
    );
  }
  const beside = (
    <div class="beside" data-without-script={view === "beside" ? undefined : true}>
      <Side
        title="Approved"
        src={expected}
        alt={`${shown}, as it was approved`}
        none="Nothing was approved before."
      />
      <Side title="Now" src={actual} alt={`${shown}, as it is now`} none="The picture is lost." />
    </div>
  );
  if (!actual || !expected || view === "beside") return beside;
  return (
    <>
      {view === "slider" ? <Slider actual={actual} expected={expected} name={shown} /> : null}
      {view === "blink" ? <Blink actual={actual} expected={expected} name={shown} /> : null}
      {beside}
    </>
  );
}

function Side({ title, src, alt, none }: { title: string; src: string | null; alt: string; none: string }) {
  return (
    <figure class="panel">
      <figcaption class="panel-head">{title}</figcaption>
      {src ? (
        <Full src={src} alt={alt} />
      ) : (
        <p class="no-picture">
          <Icon name="camera" />
          {none}
        </p>
      )}
    </figure>
  );
}

function Full({ src, alt }: { src: string; alt: string }) {
  return (
    <a href={src} target="_blank" rel="noopener" title="Open the picture in full size">
      <img src={src} decoding="async" alt={alt} />
    </a>
  );
}

type Two = { actual: string; expected: string; name: string };

function Slider({ actual, expected, name }: Two) {
  return (
    <div class="slider panel" data-slider hidden>
      <img src={expected} alt={`${name}, as it was approved`} />
      <img class="slider-over" src={actual} alt={`${name}, as it is now`} />
      <label class="slider-range">
        <span>Approved</span>
        <input
          type="range"
          min={0}
          max={100}
          value="50"
          aria-label="Where the approved picture ends and the present one begins"
        />
        <span>Now</span>
      </label>
    </div>
  );
}

/** The same place shows one and then the other: an eye sees what moves. */
function Blink({ actual, expected, name }: Two) {
  return (
    <div class="slider panel" data-blink hidden>
      <img src={expected} alt={`${name}, as it was approved`} />
      <img class="blink-over" src={actual} alt={`${name}, as it is now`} />
      <div class="slider-range">
        <span data-blink-says aria-live="off">
          Now
        </span>
        <button class="btn btn-small" type="button" data-blink-turn>
          Show the other one
        </button>
        <button class="btn btn-small" type="button" data-blink-run aria-pressed="false">
          Blink
        </button>
      </div>
    </div>
  );
}
