import type { Throughput } from "../../db/domain/installation.ts";
import type { Window } from "../../db/domain/tally.ts";
import { formatClock, formatCount, formatDuration, formatTime } from "./figures.ts";
import { Icon } from "./icon.tsx";

const width = 960;
const height = 120;
const spanWords: Record<Window, string> = { "5m": "5 s", "1h": "minute", "24h": "15 min" };
export const windowWords: Record<Window, string> = { "5m": "5 minutes", "1h": "hour", "24h": "24 hours" };

/** Bars of what was done and not done in each span, a line of what was started; the same as a table behind it. */
export function ThroughputChart({ of }: { of: Throughput }) {
  const top = niceTop(
    Math.max(...of.points.map(({ started, finished, failed }) => Math.max(started, finished + failed))),
  );
  const words = `${formatCount(of.total.finished)} tries done, ${formatCount(of.total.failed)} not done, ${formatCount(of.total.started)} started in the last ${windowWords[of.window]}`;
  return (
    <figure class="chart">
      <figcaption class="chart-legend">
        <span class="status t-passed">
          <Icon name="passed" />
          done
        </span>
        <span class="status t-failed">
          <Icon name="failed" />
          not done
        </span>
        <span class="status t-running">
          <Icon name="flaky" />
          started
        </span>
        <span class="dim">
          of each {spanWords[of.window]}, up to {formatCount(top)}
        </span>
      </figcaption>
      <svg
        class="chart-plot"
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={words}
      >
        <line class="chart-grid" x1="0" x2={width} y1={height / 2} y2={height / 2} />
        {of.points.map((point, index) => (
          <Bar point={point} index={index} bars={of.points.length} top={top} />
        ))}
        <polyline class="chart-line t-running" points={lineOf(of.points, top)} />
      </svg>
      <div class="chart-axis">
        <span>{formatTime(new Date(of.points[0]?.at ?? 0))}</span>
        <span>now</span>
      </div>
      <details class="more" id={`chart-table-${of.window}`} data-keep-open>
        <summary>
          <Icon name="expand" />
          Table
        </summary>
        <PointsTable of={of} />
      </details>
    </figure>
  );
}

function Bar({
  point,
  index,
  bars,
  top,
}: {
  point: Throughput["points"][number];
  index: number;
  bars: number;
  top: number;
}) {
  const { at, started, finished, failed } = point;
  const each = width / bars;
  const tall = (count: number) => (count / top) * height;
  const x = (index * each + each * 0.1).toFixed(2);
  const bar = (each * 0.8).toFixed(2);
  const rect = (tone: string, from: number, count: number) =>
    count === 0 ? null : (
      <rect
        class={tone}
        x={x}
        y={(height - tall(from + count)).toFixed(2)}
        width={bar}
        height={tall(count).toFixed(2)}
      />
    );
  return (
    <g>
      <title>{`${formatClock(new Date(at)).slice(0, 8)}: ${finished} done, ${failed} not done, ${started} started`}</title>
      <rect class="chart-hit" x={x} y="0" width={bar} height={height} />
      {rect("t-passed", 0, finished)}
      {rect("t-failed", finished, failed)}
    </g>
  );
}

function lineOf(points: Throughput["points"], top: number): string {
  const each = width / points.length;
  return points
    .map(
      ({ started }, index) =>
        `${((index + 0.5) * each).toFixed(1)},${(height - (started / top) * height).toFixed(1)}`,
    )
    .join(" ");
}

/** The next round figure above: 1, 2, 5 times a power of ten. */
function niceTop(most: number): number {
  if (most <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 5, 10].find((step) => step * power >= most) ?? 10) * power;
}

function PointsTable({ of }: { of: Throughput }) {
  const told = of.points.filter(({ started, finished, failed }) => started + finished + failed > 0);
  if (told.length === 0)
    return <p class="hint">Nothing was started or ended in the last {windowWords[of.window]}.</p>;
  return (
    <section class="scroll chart-table" aria-label="Throughput" tabindex={0}>
      <table class="list">
        <caption class="sr">
          Tries started, done and not done in each {spanWords[of.window]}, the newest first
        </caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col" class="num">
              Started
            </th>
            <th scope="col" class="num">
              Done
            </th>
            <th scope="col" class="num">
              Not done
            </th>
          </tr>
        </thead>
        <tbody>
          {told.toReversed().map(({ at, started, finished, failed }) => (
            <tr>
              <td>{formatTime(new Date(at))}</td>
              <td class="num">{formatCount(started)}</td>
              <td class="num">{formatCount(finished)}</td>
              <td class="num">{formatCount(failed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Median and 95th percentile, about. */
export function Quantiles({ p50, p95 }: { p50: number | null; p95: number | null }) {
  if (p50 === null || p95 === null) return <span class="dim">-</span>;
  return (
    <span class="nowrap">
      {formatDuration(p50)} <span class="dim">/</span> {formatDuration(p95)}
    </span>
  );
}

/** What each kind did in the window. */
export function KindsTable({ of }: { of: Throughput }) {
  if (of.kinds.length === 0) return null;
  return (
    <section class="scroll" aria-label="By kind" tabindex={0}>
      <table class="list stack">
        <caption class="sr">Tries of each kind of job in the last {windowWords[of.window]}</caption>
        <thead>
          <tr>
            <th scope="col">Kind</th>
            <th scope="col">Queue</th>
            <th scope="col" class="num">
              Started
            </th>
            <th scope="col" class="num">
              Done
            </th>
            <th scope="col" class="num">
              Not done
            </th>
            <th scope="col" class="num">
              Waited p50 / p95
            </th>
            <th scope="col" class="num">
              Ran p50 / p95
            </th>
          </tr>
        </thead>
        <tbody>
          {of.kinds.map((kind) => (
            <tr>
              <td class="lead">
                <a href={`/jobs?kind=${kind.kind}`}>{kind.kind}</a>
              </td>
              <td data-label="Queue">{kind.queue}</td>
              <td class="num" data-label="Started">
                {formatCount(kind.started)}
              </td>
              <td class="num" data-label="Done">
                {formatCount(kind.finished)}
              </td>
              <td class="num" data-label="Not done">
                {formatCount(kind.failed)}
              </td>
              <td class="num" data-label="Waited p50 / p95">
                <Quantiles p50={kind.waitP50Ms} p95={kind.waitP95Ms} />
              </td>
              <td class="num" data-label="Ran p50 / p95">
                <Quantiles p50={kind.runP50Ms} p95={kind.runP95Ms} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
