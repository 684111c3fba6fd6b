import type { Schedule, Tick, TickHour } from "../../db/domain/schedule-resources.ts";
import { ActionButton, Empty, Note, Pager, TableBox } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { formatDuration, formatZoned, plural } from "../parts/figures.ts";
import { Text } from "../parts/text.tsx";
import { TickBars, TickStatus } from "../parts/tick-bars.tsx";
import { TickDay } from "../parts/tick-hours.tsx";
import { Until } from "../parts/time.tsx";
import { visibleText } from "../parts/visible-text.ts";
import { withQuery } from "../site.tsx";
import {
  missedWords,
  NextTicks,
  overlapWords,
  ScheduleForm,
  type ScheduleFormProps,
} from "./schedule-form.tsx";
import { PauseButton, PausedBadge } from "./schedules.tsx";

export type SchedulePageProps = ScheduleFormProps & {
  schedule: Schedule;
  ticks: readonly Tick[];
  hours: readonly TickHour[];
  nextCursor: string | null;
  path: string;
  saved: boolean;
  writes: boolean;
  starts: boolean;
};

/** One schedule: when it is due, what became of its ticks, and changing it. */
export function SchedulePage(props: SchedulePageProps) {
  const { schedule, project, now, writes, fault, errors } = props;
  const path = `/projects/${project.id}/schedules/${schedule.id}`;
  return (
    <div class="page-live">
      <Head {...props} path={path} />
      {props.saved ? <Note tone="passed" title="Saved." role="status" /> : null}
      {fault && errors.length === 0 ? <Note tone="failed" title={fault} role="alert" /> : null}
      {schedule.suite === null ? (
        <Note tone="error" title="Its suite was deleted, so every tick fails." icon="error">
          Choose another suite below, or delete the schedule.
        </Note>
      ) : null}
      {writes ? (
        <div class="split">
          <Past {...props} />
          <section class="section" aria-labelledby="edit">
            <h2 id="edit">When and what</h2>
            <ScheduleForm
              {...props}
              fault={errors.length > 0 ? fault : null}
              action={path}
              label="Save schedule"
              cancel={path}
            />
          </section>
        </div>
      ) : (
        <>
          <Coming schedule={schedule} now={now} />
          <Past {...props} />
        </>
      )}
    </div>
  );
}

/** For those who may not change it, and so see no form with a preview. */
function Coming({ schedule, now }: { schedule: Schedule; now: Date }) {
  const { nextTicks, timeZone, missed, overlap } = schedule;
  return (
    <section class="section" aria-labelledby="next">
      <h2 id="next">Next ticks</h2>
      {nextTicks.length === 0 ? (
        <p class="dim">None while it is paused.</p>
      ) : (
        <NextTicks ticks={nextTicks} timeZone={timeZone} now={now} />
      )}
      <p class="hint">Ticks missed while no worker was up: {missedWords[missed]}.</p>
      <p class="hint">While the run of the last tick goes on: {overlapWords[overlap]}.</p>
    </section>
  );
}

function Head({ schedule, project, now, writes, starts, path }: SchedulePageProps) {
  const { name, suite, text, timeZone, isPaused, nextTicks } = schedule;
  return (
    <div class="head">
      <div class="head-text">
        <Crumbs items={[[`/projects/${project.id}/schedules`, "Schedules"]]} />
        <h1>
          <Text of={name} />
        </h1>
        <div class="meta">
          {isPaused ? <PausedBadge /> : null}
          {suite ? (
            <span>
              runs{" "}
              <a href={`/suites/${suite.id}`}>
                <Text of={suite.name} />
              </a>
            </span>
          ) : null}
          <span>
            {text} ({timeZone})
          </span>
          {nextTicks[0] ? (
            <span>
              next <Until at={nextTicks[0]} now={now} />
            </span>
          ) : null}
        </div>
      </div>
      <div class="actions">
        {writes ? (
          <>
            <ActionButton
              action={`${path}/delete`}
              label="Delete"
              icon="trash"
              look="quiet"
              confirm={deleteQuestion(schedule)}
            />
            <PauseButton path={path} isPaused={isPaused} />
          </>
        ) : null}
        {starts && suite ? (
          <ActionButton action={`${path}/run`} label="Run now" icon="play" look="primary" />
        ) : null}
      </div>
    </div>
  );
}

function deleteQuestion({ name, timeZone, nextTicks, suite }: Schedule): string {
  const [next] = nextTicks;
  const effect = next
    ? `The tick of ${formatZoned(new Date(next), timeZone)} and all after it will not run${suite ? ` ${suite.name}` : ""}.`
    : "It is paused: nothing that runs now is stopped.";
  return visibleText(
    `Delete the schedule “${name}”? ${effect} The history of its ticks goes with it; the runs that it started stay.`,
  );
}

function Past(props: SchedulePageProps) {
  return (
    <div class="page-live">
      <section class="section" aria-labelledby="day">
        <h2 id="day">Last 24 hours</h2>
        <TickDay hours={props.hours} timeZone={props.schedule.timeZone} />
      </section>
      <History {...props} />
    </div>
  );
}

function History({ schedule, ticks, nextCursor, path }: SchedulePageProps) {
  const { lastTicks, timeZone } = schedule;
  return (
    <section class="section" aria-labelledby="ticks">
      <h2 id="ticks">Ticks</h2>
      {ticks.length === 0 ? (
        <Empty title="No tick yet">What became of each tick stands here, for 90 days.</Empty>
      ) : (
        <>
          <TickBars ticks={lastTicks} timeZone={timeZone} label="Last ticks" href="#ticks" />
          <TickTable ticks={ticks} timeZone={timeZone} />
        </>
      )}
      <Pager
        shown={ticks.length}
        next={nextCursor && withQuery(path, { cursor: nextCursor, saved: undefined })}
        first={path.includes("cursor=") ? withQuery(path, {}) : null}
      />
    </section>
  );
}

function TickTable({ ticks, timeZone }: { ticks: readonly Tick[]; timeZone: string }) {
  return (
    <TableBox label="Ticks">
      <table class="list stack">
        <caption class="sr">Ticks, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">Result</th>
            <th scope="col">Due</th>
            <th scope="col">Run</th>
            <th scope="col" class="num">
              Late by
            </th>
          </tr>
        </thead>
        <tbody>
          {ticks.map((tick) => (
            <tr>
              <td class="lead">
                <TickStatus tick={tick} />
              </td>
              <td data-label="Due">{dueText(tick, timeZone)}</td>
              <td data-label="Run">
                {tick.run ? (
                  <a href={`/runs/${tick.run.id}`}>Open the run</a>
                ) : (
                  <Text of={tick.reason ?? "its run is gone"} />
                )}
              </td>
              <td class="num" data-label="Late by">
                {tick.outcome === "started" ? lateText(tick) : <span class="dim">-</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function lateText({ dueAt, decidedAt }: Tick): string {
  return formatDuration(Math.max(0, Date.parse(decidedAt) - Date.parse(dueAt)));
}

function dueText(tick: Tick, timeZone: string): string {
  const at = formatZoned(new Date(tick.dueAt), timeZone);
  if (tick.count === 1) return at;
  return `${plural(tick.count, "tick")} from ${formatZoned(new Date(tick.firstDueAt), timeZone)} to ${at}`;
}
