import { pathWords, type StepNode, shownPath } from "../../db/domain/step-tree.ts";
import type { Picture } from "../execution-pictures.ts";
import { type PictureTab, pictureTabs, type ViewQuery } from "../execution-query.ts";
import type { ExecutionView } from "../execution-view.ts";
import { fieldsOf } from "../forms/step-fields.ts";
import { ScrollBox } from "../parts/bits.tsx";
import { formatDuration, plural } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { foundWords, SnapshotStatus } from "../parts/snapshot-facts.tsx";
import { Status } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { visibleText } from "../parts/visible-text.ts";
import { withQuery } from "../site.tsx";
import { OutlineLater } from "./execution-outline.tsx";
import { FilmPlayer, ReplayPlayer } from "./execution-player.tsx";

type PaneProps = { view: ExecutionView; path: string; query: ViewQuery };

const tabTitles: Record<PictureTab, string> = {
  before: "Before",
  action: "Action",
  after: "After",
  aria: "Aria",
  replay: "Replay",
  video: "Video",
};

/** The page around the selected step: before it, as it acted, after it; the recording where there is one. */
export function PicturePane({ view, path, query }: PaneProps) {
  const tabs = pictureTabs.filter((tab) => isThere(view, tab));
  const current = tabs.find((tab) => tab === query.picture) ?? usualTab(view);
  return (
    <section class="pane panel pane-picture" aria-label="Picture">
      <nav class="tabs tabs-tight" aria-label="Pictures of the step">
        {tabs.map((tab) => (
          <a
            href={withQuery(path, { view: tab })}
            id={`view-${tab}`}
            aria-current={tab === current ? "page" : undefined}
          >
            {tabTitles[tab]}
          </a>
        ))}
      </nav>
      <Shown view={view} tab={current} />
    </section>
  );
}

function isThere({ pictures, files, film }: ExecutionView, tab: PictureTab): boolean {
  // What the page said is read from its recording.
  if (tab === "replay" || tab === "aria") {
    return files.some(({ kind, lostReason }) => kind === "replay" && lostReason === null);
  }
  if (tab === "video") return film !== null;
  return tab !== "action" || pictures.action !== null;
}

function usualTab({ pictures, selected }: ExecutionView): PictureTab {
  if (pictures.action && selected?.status === "passed") return "action";
  return selected?.status === "running" && pictures.after === null ? "before" : "after";
}

function Shown({ view, tab }: { view: ExecutionView; tab: PictureTab }) {
  const { pictures, selected, film } = view;
  if (tab === "replay") return <ReplayPlayer view={view} />;
  if (tab === "aria") return <OutlineLater view={view} />;
  if (tab === "video" && film) return <FilmPlayer film={film} view={view} />;
  if (tab === "video") return null;
  const picture = tab !== "before" && pictures.lost !== null ? null : pictures[tab];
  if (picture && selected) {
    // Also where it is what the step acted on, or looked at.
    const isMarked = tab === "action" || pictures.action === picture;
    return <Shot picture={picture} selected={selected} isMarked={isMarked} tab={tab} />;
  }
  return (
    <div class="no-picture">
      <Icon name="camera" />
      <p>
        {tab !== "before" && pictures.lost !== null ? (
          <>
            The picture of this step is lost: <Text of={pictures.lost} />.
          </>
        ) : (
          reasonForNone(view, tab)
        )}
      </p>
    </div>
  );
}

function reasonForNone({ execution, selected }: ExecutionView, tab: PictureTab): string {
  if (execution.startedAt === null) return "Pictures appear here once the test runs.";
  if (selected?.status === "pending") return "This step was not reached.";
  if (tab === "before") return "No picture was taken before this step.";
  return selected?.status === "running" ? "The step is under way." : "No picture was taken of this step.";
}

type ShotProps = { picture: Picture; selected: StepNode; isMarked: boolean; tab: PictureTab };

function Shot({ picture: { artifact, width, height }, selected, isMarked, tab }: ShotProps) {
  const box = isMarked ? selected.finished?.target?.box : null;
  const tone = selected.status === "failed" ? "failed" : "running";
  const point = box && tab === "action" ? pointOf(selected, box) : null;
  return (
    <a class="shot" href={artifact.url} target="_blank" rel="noopener" title="Open the picture in full size">
      <img
        src={artifact.url}
        width={artifact.width ?? undefined}
        height={artifact.height ?? undefined}
        decoding="async"
        alt={visibleText(
          `${tabTitles[tab]}: the page at step ${pathWords(selected.path)}, ${selected.title}`,
        )}
      />
      {box ? (
        <svg
          class={`shot-box t-${tone}`}
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <rect x={box.x - 3} y={box.y - 3} width={box.width + 6} height={box.height + 6} rx="3" />
          {point ? <circle cx={point.x} cy={point.y} r={7} /> : null}
        </svg>
      ) : null}
    </a>
  );
}

type Box = { x: number; y: number; width: number; height: number };
const pointing: readonly string[] = ["click", "hover", "check", "uncheck"];

/** Where the pointer was: the place that the step names inside of its element, else the middle. */
function pointOf({ type, step }: StepNode, box: Box): { x: number; y: number } | null {
  if (!pointing.includes(type)) return null;
  const place = step && "position" in step ? step.position : undefined;
  return place
    ? { x: box.x + place.x, y: box.y + place.y }
    : { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** The step as it was run: what it was, what it found, how long it took, and why it failed. */
export function StepCall({ view, path }: PaneProps) {
  const { selected, execution } = view;
  if (!selected) {
    return (
      <section class="pane panel pane-details" id="step-call" aria-label="Step">
        <p class="panel-pad dim">This version of the test has no steps.</p>
      </section>
    );
  }
  const link = withQuery(path, { attempt: String(view.attempt), step: shownPath(selected.path) });
  const edited = shownPath(writtenPath(selected));
  return (
    <section class="pane panel pane-details" id="step-call" aria-label="Step">
      <h2 class="panel-head">
        Step {pathWords(selected.path)}
        <Status of={selected.status} />
      </h2>
      <ScrollBox label="Details of the step" class="pane-scroll panel-pad stacked">
        <p class="step-title">
          <Text of={selected.title} />
        </p>
        <WhyFailed node={selected} />
        <OwnSnapshots node={selected} view={view} />
        <Facts node={selected} view={view} />
        <p class="actions">
          <button class="btn btn-small" type="button" data-copy-link={link}>
            <Icon name="link" />
            Copy link to step
          </button>
          <a
            class="btn btn-small"
            href={`/test-cases/${execution.testCaseId}?step=${edited}#step-${edited.replaceAll(".", "-")}`}
            hx-boost="false"
          >
            <Icon name="edit" />
            Edit step
          </a>
        </p>
      </ScrollBox>
    </section>
  );
}

/** The pictures of this step that somebody has to decide about, or has. */
function OwnSnapshots({ node, view }: { node: StepNode; view: ExecutionView }) {
  if (node.type !== "expectSnapshot") return null;
  const own = view.snapshots.filter(({ step }) => step === Number(node.path.split(".")[0]));
  return own.map((snapshot) => (
    <p>
      <a href={`/projects/${snapshot.projectId}/snapshots/${snapshot.id}`}>
        <Text of={snapshot.name} />
      </a>{" "}
      {foundWords(snapshot)} <SnapshotStatus of={snapshot.state} />
    </p>
  ));
}

/** Where the step is written: every round of a loop is the same steps, and those of a group are written elsewhere. */
function writtenPath({ path, step }: StepNode): string {
  return step === null ? (path.split(".")[0] ?? path) : path.replaceAll(/round-\d+/g, "steps");
}

function WhyFailed({ node: { finished } }: { node: StepNode }) {
  if (!finished?.failure) return null;
  return (
    <div class="failure">
      <p>
        <Text of={finished.failure.message} />
      </p>
      {finished.failure.detail ? (
        <pre>
          <Text of={finished.failure.detail} />
        </pre>
      ) : null}
    </div>
  );
}

function Facts({ node, view }: { node: StepNode; view: ExecutionView }) {
  const { step, finished, startedAt } = node;
  const target = finished?.target;
  // Values stand as they were written: what a variable or a secret held is not in here.
  const written =
    step === null ? [] : fieldsOf(step.type).map(({ name }) => [name, Reflect.get(step, name)] as const);
  return (
    <dl class="facts">
      {startedAt === null ? null : (
        <>
          <dt>Began</dt>
          <dd>{formatDuration(Math.max(0, startedAt - view.startedAt))} after the start</dd>
        </>
      )}
      {finished ? (
        <>
          <dt>Took</dt>
          <dd>
            {formatDuration(finished.durationMs)}
            {step?.timeoutMs ? <span class="dim"> of at most {formatDuration(step.timeoutMs)}</span> : null}
          </dd>
        </>
      ) : null}
      {target ? (
        <>
          <dt>Found by</dt>
          <dd>
            <code>
              <Text of={target.locator} />
            </code>
            <span class="dim">
              {" "}
              {plural(target.matches, "match", "matches")}
              {target.index > 0 ? `, alternative ${target.index + 1}` : ""}
            </span>
          </dd>
        </>
      ) : null}
      {written
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>
              <code>
                <Text of={typeof value === "string" ? value : JSON.stringify(value)} />
              </code>
            </dd>
          </>
        ))}
      {finished?.failure ? (
        <>
          <dt>Code</dt>
          <dd>
            <code>
              <Text of={finished.failure.code} />
            </code>
          </dd>
        </>
      ) : null}
    </dl>
  );
}
