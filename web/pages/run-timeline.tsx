import type { Run } from "../../db/domain/resources.ts";
import type { LaneAttempt, WorkerLane } from "../../db/services/run-lanes.ts";
import { formatDuration, plural } from "../parts/figures.ts";
import { percent, Ruler } from "../parts/scale.tsx";
import { toneOf } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { visibleText } from "../parts/visible-text.ts";

type Props = { run: Run; lanes: readonly WorkerLane[]; cut: boolean; now: Date };

/** What each worker did when: gaps are time in which it had nothing of this run to do. */
export function RunTimeline({ run, lanes, cut, now }: Props) {
  const started = Date.parse(run.startedAt ?? run.createdAt);
  const attempts = lanes.flatMap((lane) => lane.attempts);
  const startedAt = attempts.reduce((first, { startedAt: at }) => Math.min(first, Date.parse(at)), started);
  const lengthMs = Math.max(1, ...lanes.map((lane) => endOf(lane, now) - startedAt));
  return (
    <section class="panel timeline" aria-labelledby="run-timeline">
      <h2 class="panel-head" id="run-timeline">
        Timeline
        <span class="dim small">
          {plural(lanes.length, "worker")}, {plural(attempts.length, "attempt")}
        </span>
      </h2>
      {attempts.length === 0 ? (
        <p class="panel-pad dim">No attempt has begun yet.</p>
      ) : (
        <div class="tracks tracks-still">
          {lanes.map((lane) => (
            <Lane lane={lane} startedAt={startedAt} lengthMs={lengthMs} now={now} />
          ))}
          <Ruler lengthMs={lengthMs} />
        </div>
      )}
      {cut ? <p class="panel-pad dim">Only the first 2,000 attempts are drawn.</p> : null}
    </section>
  );
}

function endOf({ attempts }: WorkerLane, now: Date): number {
  return attempts.reduce((end, attempt) => Math.max(end, finishOf(attempt, now)), 0);
}

function finishOf({ finishedAt }: LaneAttempt, now: Date): number {
  return finishedAt === null ? now.getTime() : Date.parse(finishedAt);
}

const rowPx = 14;

type LaneProps = { lane: WorkerLane; startedAt: number; lengthMs: number; now: Date };

/** The links are those of the list below: for the mouse only. */
function Lane({ lane, startedAt, lengthMs, now }: LaneProps) {
  const { placed, rows } = rowsOf(lane.attempts, now);
  return (
    <>
      <span class="track-name clip">
        {lane.name === null ? <span class="dim">a worker</span> : <Text of={lane.name} />}
      </span>
      <svg class="gantt" height={rows * rowPx} aria-hidden="true">
        {placed.map(({ attempt, row }) => {
          const from = Date.parse(attempt.startedAt);
          const took = finishOf(attempt, now) - from;
          return (
            <a href={`/executions/${attempt.executionId}?attempt=${attempt.number}`} tabindex={-1}>
              <rect
                class={`t-${toneOf(attempt.status)}`}
                x={percent(from - startedAt, lengthMs)}
                y={row * rowPx + 1}
                width={percent(took, lengthMs)}
                height={rowPx - 2}
                rx={1}
              >
                <title>
                  {visibleText(
                    `${attempt.testCaseName}, attempt ${attempt.number}: ${attempt.status}, ${formatDuration(took)}`,
                  )}
                </title>
              </rect>
            </a>
          );
        })}
      </svg>
    </>
  );
}

/** A worker does several things at once: each goes to the first row that is free by then. */
function rowsOf(attempts: readonly LaneAttempt[], now: Date) {
  const freeAt: number[] = [];
  const placed = attempts.map((attempt) => {
    const from = Date.parse(attempt.startedAt);
    const free = freeAt.findIndex((at) => at <= from);
    const row = free < 0 ? freeAt.length : free;
    freeAt[row] = finishOf(attempt, now);
    return { attempt, row };
  });
  return { placed, rows: Math.max(1, freeAt.length) };
}
