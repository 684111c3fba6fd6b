import type { Page } from "../../db/domain/queries.ts";
import type { Project } from "../../db/domain/resources.ts";
import type { Schedule, TickHour } from "../../db/domain/schedule-resources.ts";
import { ActionButton, ActionsHead, Empty, TableBox } from "../parts/bits.tsx";
import { formatZoned } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { ListPager } from "../parts/list-pager.tsx";
import { Text } from "../parts/text.tsx";
import { TickBars, TickStatus } from "../parts/tick-bars.tsx";
import { TickHours } from "../parts/tick-hours.tsx";
import { Until } from "../parts/time.tsx";
import { visibleText } from "../parts/visible-text.ts";

const refreshMs = 10_000;

type Props = {
  project: Project;
  page: Page<Schedule>;
  /** By schedule. */
  hours: ReadonlyMap<string, readonly TickHour[]>;
  hasSuites: boolean;
  path: string;
  now: Date;
  writes: boolean;
  starts: boolean;
};

/** Every schedule of a project: when it is due next, and what became of its last ticks. */
export function Schedules(props: Props) {
  const { project, page, hasSuites, path, writes } = props;
  const base = `/projects/${project.id}`;
  const create =
    writes && hasSuites ? (
      <a class="btn btn-primary" href={`${base}/schedules/new`}>
        <Icon name="plus" />
        New schedule
      </a>
    ) : null;
  const makeSuite = writes ? (
    <a class="btn btn-primary" href={`${base}/suites/new`}>
      Make a suite
    </a>
  ) : null;
  return (
    <div
      class="page-live"
      id="schedules"
      hx-get={path}
      hx-trigger="refresh"
      hx-swap="outerHTML"
      data-refresh={refreshMs}
    >
      <div class="head">
        <div class="head-text">
          <h1>Schedules</h1>
        </div>
        {create}
      </div>
      {page.items.length === 0 ? (
        <Empty title="No schedules yet" action={hasSuites ? create : makeSuite}>
          A schedule runs a suite by the clock: every night at 02:30, every 15 minutes.{" "}
          {hasSuites ? "" : "Make a suite first."}
        </Empty>
      ) : (
        <ScheduleTable {...props} />
      )}
      <ListPager page={page} path={path} />
    </div>
  );
}

function ScheduleTable(props: Props) {
  return (
    <TableBox label="Schedules">
      <table class="list stack">
        <caption class="sr">Schedules</caption>
        <thead>
          <tr>
            <th scope="col">Schedule</th>
            <th scope="col">When</th>
            <th scope="col">Next</th>
            <th scope="col">Last result</th>
            <th scope="col">Last ticks</th>
            <th scope="col">24 hours</th>
            <ActionsHead />
          </tr>
        </thead>
        <tbody>
          {props.page.items.map((schedule) => (
            <ScheduleLine schedule={schedule} {...props} />
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function ScheduleLine({ schedule, hours, now, writes, starts }: Props & { schedule: Schedule }) {
  const { name, suite, text, timeZone, isPaused, nextTicks, lastTicks } = schedule;
  const path = `/projects/${schedule.projectId}/schedules/${schedule.id}`;
  const [next] = nextTicks;
  const [last] = lastTicks;
  return (
    <tr>
      <td class="main-narrow">
        <a href={path}>
          <Text of={name} />
        </a>
        <div class="sub">
          {suite ? (
            <a href={`/suites/${suite.id}`}>
              <Text of={suite.name} />
            </a>
          ) : (
            <span class="t-error tone">its suite was deleted</span>
          )}
        </div>
      </td>
      <td data-label="When">
        <div>
          {text}
          <div class="sub">{timeZone}</div>
        </div>
      </td>
      <td data-label="Next">
        {next ? (
          <div>
            <Until at={next} now={now} />
            <div class="sub">{formatZoned(new Date(next), timeZone)}</div>
          </div>
        ) : (
          <div>
            <PausedBadge />
          </div>
        )}
      </td>
      <td data-label="Last result">
        {last ? (
          last.run ? (
            <a class="plain" href={`/runs/${last.run.id}`}>
              <TickStatus tick={last} />
            </a>
          ) : (
            <TickStatus tick={last} />
          )
        ) : (
          <span class="dim">-</span>
        )}
      </td>
      <td data-label="Last ticks">
        <TickBars
          ticks={lastTicks}
          timeZone={timeZone}
          label={visibleText(`Last ticks of ${name}`)}
          href={`${path}#ticks`}
        />
      </td>
      <td data-label="24 hours">
        <a class="block" href={`${path}#day`}>
          <TickHours
            hours={hours.get(schedule.id) ?? []}
            timeZone={timeZone}
            label={visibleText(`Ticks of ${name}, last 24 hours`)}
          />
        </a>
      </td>
      <td class="cell-actions">
        <div class="row-actions">
          {starts && suite ? (
            <ActionButton action={`${path}/run`} label="Run now" icon="play" small look="quiet" />
          ) : null}
          {writes ? <PauseButton path={path} isPaused={isPaused} small /> : null}
        </div>
      </td>
    </tr>
  );
}

export function PausedBadge() {
  return (
    <span class="status status-pill t-flaky">
      <Icon name="stop" />
      paused
    </span>
  );
}

export function PauseButton({ path, isPaused, small }: { path: string; isPaused: boolean; small?: boolean }) {
  return (
    <ActionButton
      action={`${path}/${isPaused ? "resume" : "pause"}`}
      label={isPaused ? "Resume" : "Pause"}
      look="quiet"
      small={small ?? false}
    />
  );
}
