import { pathWords, type StepNode, shownPath } from "../../db/domain/step-tree.ts";
import type { Lane, Mark } from "../../db/services/timeline.ts";
import type { Picture } from "../execution-pictures.ts";
import { carriedFields, type TimeWindow } from "../execution-query.ts";
import type { ExecutionView } from "../execution-view.ts";
import { formatDuration, plural } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { percent, Ruler } from "../parts/scale.tsx";
import { type StatusWord, toneOf } from "../parts/status.tsx";
import { visibleText } from "../parts/visible-text.ts";
import { withQuery } from "../site.tsx";
import { stepId } from "./execution-steps.tsx";

type Props = { view: ExecutionView; path: string; window: TimeWindow | null };

/** The attempt from left to right: pictures, steps, and what the page did; a stretch of it can be chosen. */
export function Timeline({ view, path, window }: Props) {
  if (view.attempt === 0) return null;
  return (
    <section class="panel timeline" aria-labelledby="timeline-title">
      <div class="panel-head">
        <h2 id="timeline-title">Timeline</h2>
        <WindowForm path={path} window={window} lengthMs={view.lengthMs} />
      </div>
      <div
        class="tracks"
        data-timeline={String(Math.ceil(view.lengthMs))}
        data-began={String(view.startedAt)}
      >
        <Film view={view} path={path} />
        <StepBars view={view} />
        {laneTitles.map(([lane, title]) => (
          <LaneTrack title={title} lane={lane} view={view} />
        ))}
        <Ruler lengthMs={view.lengthMs} />
        <Shade lengthMs={view.lengthMs} window={window} />
        {/* Where what the pointer is on happened: `timeline.js` moves it. */}
        <svg class="shade moment" aria-hidden="true" data-moment-mark>
          <rect x="0%" y="0" width="0%" height="100%" />
        </svg>
      </div>
    </section>
  );
}

const laneTitles = [
  ["navigation", "Pages opened"],
  ["request", "Failed requests"],
  ["fault", "Page errors"],
] as const satisfies readonly (readonly [Lane, string])[];

/** The same as dragging does, for the keyboard and without JavaScript. */
function WindowForm({
  path,
  window,
  lengthMs,
}: {
  path: string;
  window: TimeWindow | null;
  lengthMs: number;
}) {
  const { pathname } = new URL(path, "http://verdict.invalid");
  return (
    <form
      class="window-form"
      method="get"
      action={pathname}
      hx-get={pathname}
      hx-target="#execution-page"
      hx-swap="outerHTML"
      hx-push-url="true"
      data-filters
      data-window
    >
      {carriedFields(path, ["from", "to"]).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      {(["from", "to"] as const).map((name) => (
        <label>
          {name}
          <input
            class="input"
            type="number"
            name={name}
            min={0}
            max={Math.ceil(lengthMs)}
            value={window ? String(window[name]) : ""}
            inputmode="numeric"
          />
        </label>
      ))}
      <span class="dim">ms</span>
      <button class="btn btn-small" type="submit">
        Show
      </button>
      {window ? (
        <a
          class="btn btn-small"
          href={withQuery(path, { from: undefined, to: undefined })}
          hx-boost="true"
          hx-target="#execution-page"
          hx-swap="outerHTML"
          data-window-clear
        >
          <Icon name="cross" />
          All {formatDuration(lengthMs)}
        </a>
      ) : null}
    </form>
  );
}

const slots = 16;

/** What the page looked like as time went on: every slot has the picture that was the last one then. */
function Film({ view, path }: { view: ExecutionView; path: string }) {
  const { all } = view.pictures;
  if (all.length === 0) return null;
  const chosen = Array.from({ length: slots }, (_, slot) =>
    pictureAt(view, ((slot + 0.5) / slots) * view.lengthMs),
  );
  return (
    <>
      <span class="track-name">Pictures</span>
      <ol
        class="film"
        hx-boost="true"
        hx-target="#execution"
        hx-swap="outerHTML"
        hx-sync="#execution:replace"
      >
        {chosen.map((picture, slot) => {
          const isRepeated = picture === chosen[slot - 1];
          const label = visibleText(`Step ${pathWords(picture.node.path)}: ${picture.node.title}`);
          return (
            <li
              class={slot < slots / 2 ? "film-left" : "film-right"}
              aria-hidden={isRepeated ? "true" : undefined}
            >
              <a
                href={withQuery(path, { step: shownPath(picture.node.path), view: undefined })}
                aria-current={picture.node === view.selected ? "step" : undefined}
                tabindex={isRepeated ? -1 : undefined}
                draggable={false}
              >
                <img src={picture.artifact.url} decoding="async" alt={label} draggable={false} />
                <span class="film-large" aria-hidden="true">
                  <img src={picture.artifact.url} loading="lazy" decoding="async" alt="" />
                  <span>{label}</span>
                </span>
              </a>
            </li>
          );
        })}
      </ol>
    </>
  );
}

function pictureAt({ pictures, startedAt }: ExecutionView, atMs: number): Picture {
  const { all } = pictures;
  const takenAt = ({ node }: Picture) => (node.startedAt ?? 0) + (node.durationMs ?? 0) - startedAt;
  return (all.findLast((picture) => takenAt(picture) <= atMs) ?? all[0]) as Picture;
}

/** Steps beyond this number are not drawn inside of others; those at the top always are. */
const innerBarsMax = 600;
/** From here on bars are too thin for a gap between them. */
const denseFrom = 80;

function StepBars({ view }: { view: ExecutionView }) {
  const ran = view.nodes.filter(({ startedAt }) => startedAt !== null);
  const top = ran.filter(({ depth }) => depth === 0);
  const inner = ran
    .filter(({ depth, branches }) => depth > 0 && branches.length === 0)
    .slice(0, innerBarsMax);
  const failed = top.filter(({ status }) => status === "failed").length;
  return (
    <>
      <span class="track-name">Steps</span>
      <svg
        class={`bars${inner.length > 0 ? " has-inner" : ""}${ran.length > denseFrom ? " is-dense" : ""}`}
        role="img"
        aria-label={`${plural(top.length, "step")}, ${failed} failed`}
      >
        {top.map((node) => (
          <Bar node={node} view={view} y={2} />
        ))}
        {inner.map((node) => (
          <Bar node={node} view={view} y={16} />
        ))}
      </svg>
    </>
  );
}

function Bar({ node, view, y }: { node: StepNode; view: ExecutionView; y: number }) {
  const start = (node.startedAt ?? 0) - view.startedAt;
  const took = node.durationMs ?? Math.max(0, view.lengthMs - start);
  const status: StatusWord = node.status;
  return (
    <rect
      class={`t-${toneOf(status)}${node === view.selected ? " is-selected" : ""}`}
      x={percent(start, view.lengthMs)}
      y={y}
      width={percent(took, view.lengthMs)}
      height={12}
      rx={1}
      data-for={stepId(node)}
    >
      <title>
        {visibleText(`${pathWords(node.path)} ${node.title}: ${status}, ${formatDuration(took)}`).slice(
          0,
          300,
        )}
      </title>
    </rect>
  );
}

const laneTones = { navigation: "running", request: "failed", fault: "error" } as const;

function LaneTrack({ lane, title, view }: { lane: Lane; title: string; view: ExecutionView }) {
  const marks = view.marks.filter((mark) => mark.lane === lane);
  const total = marks.reduce((sum, { count }) => sum + count, 0);
  return (
    <>
      <span class="track-name">
        {title} <span class="dim">{total}</span>
      </span>
      <svg class="lane" role="img" aria-label={`${title}: ${total}`}>
        {marks.map((mark) => (
          <rect
            class={`t-${laneTones[lane]}`}
            x={percent(mark.atMs, view.lengthMs)}
            y={2}
            width={4}
            height={10}
            rx={1}
          >
            <title>{markTitle(mark)}</title>
          </rect>
        ))}
      </svg>
    </>
  );
}

function markTitle({ atMs, count, text }: Mark): string {
  const more = count > 1 ? ` and ${count - 1} more` : "";
  return visibleText(`${formatDuration(atMs)}: ${text}${more}`);
}

/** What lies outside of the chosen stretch is shaded; `timeline.js` moves the edges while it is dragged. */
function Shade({ lengthMs, window }: { lengthMs: number; window: TimeWindow | null }) {
  const from = window ? Math.min(window.from, lengthMs) : 0;
  const to = window ? Math.min(window.to, lengthMs) : lengthMs;
  return (
    <svg class={`shade${window ? " is-set" : ""}`} aria-hidden="true" data-shade>
      <rect x="0%" y="0" width={percent(from, lengthMs)} height="100%" />
      <rect x={percent(to, lengthMs)} y="0" width={percent(lengthMs - to, lengthMs)} height="100%" />
    </svg>
  );
}
