import type { Queue, Throughput } from "../../db/domain/installation.ts";
import { type JobOutcome, type JobState, jobOutcomes, jobStates } from "../../db/domain/states.ts";
import { type Window, windowNames } from "../../db/domain/tally.ts";
import { ActionButton, ActionsHead, TableBox } from "../parts/bits.tsx";
import { formatCount, formatDuration } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { StatusIcon, toneOf } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { KindsTable, Quantiles, ThroughputChart } from "../parts/throughput-chart.tsx";
import { withQuery } from "../site.tsx";
import { type JobCounts, refreshOf } from "./jobs.tsx";

type Props = {
  counts: JobCounts;
  queues: readonly Queue[];
  throughput: Throughput;
  /** The state that the list shows; undefined: all. */
  state: string | undefined;
  path: string;
  /** Put in beside another part that was asked for. */
  isBeside: boolean;
};

const words: Record<JobState | JobOutcome, string> = {
  ready: "waiting",
  scheduled: "scheduled, retrying",
  running: "running",
  done: "done, 24 hours",
  cancelled: "cancelled, 24 hours",
  dead: "dead letters",
};
const depthMax = 10_000;

/** Counters, throughput and queues: the part of the page that follows what happens. */
export function JobFigures({ counts, queues, throughput, state, path, isBeside }: Props) {
  return (
    <div
      class="page-live"
      id="job-figures"
      hx-get={withQuery(path, {})}
      hx-trigger="refresh"
      hx-swap="outerHTML"
      hx-swap-oob={isBeside ? "true" : undefined}
      data-refresh={refreshOf(counts)}
    >
      <nav class="figures" aria-label="Jobs by state">
        <a class="figure" href={stateHref(path, undefined)} aria-current={state ? undefined : "page"}>
          <b>{formatCount(Object.values(counts).reduce((sum, count) => sum + count, 0))}</b>
          <span>all</span>
        </a>
        {[...jobStates, ...jobOutcomes].map((each) => (
          <a
            class={`figure${counts[each] === 0 ? " is-zero" : ""}`}
            href={stateHref(path, each)}
            aria-current={state === each ? "page" : undefined}
          >
            <b class={`t-${toneOf(each)} tone`}>
              {atMost(counts[each], each === "done" ? Number.MAX_VALUE : depthMax)}
            </b>
            <span class="with-icon">
              <StatusIcon of={each} label={false} />
              {words[each]}
            </span>
          </a>
        ))}
      </nav>
      <section class="section" aria-labelledby="throughput">
        <div class="section-head">
          <h2 id="throughput">Throughput</h2>
          <WindowTabs now={throughput.window} path={path} />
        </div>
        <ThroughputChart of={throughput} />
        <KindsTable of={throughput} />
      </section>
      <section class="section" aria-labelledby="queues">
        <h2 id="queues">Queues</h2>
        <QueueTable queues={queues} />
      </section>
    </div>
  );
}

function stateHref(path: string, state: string | undefined): string {
  return withQuery(path, { state, handled: undefined });
}

function atMost(count: number, max: number): string {
  return count >= max ? `${formatCount(max)}+` : formatCount(count);
}

export function WindowTabs({ now, path }: { now: Window; path: string }) {
  return (
    <nav class="tabs tabs-small" aria-label="Time">
      {windowNames.map((name) => (
        <a
          href={withQuery(path, { window: name === "5m" ? undefined : name })}
          aria-current={name === now ? "page" : undefined}
        >
          {name}
        </a>
      ))}
    </nav>
  );
}

function QueueTable({ queues }: { queues: readonly Queue[] }) {
  return (
    <TableBox label="Queues">
      <table class="list stack">
        <caption class="sr">Queues</caption>
        <thead>
          <tr>
            <th scope="col">Queue</th>
            <th scope="col">Mode</th>
            <th scope="col">Running</th>
            <th scope="col" class="num">
              Waiting
            </th>
            <th scope="col" class="num">
              Oldest
            </th>
            <th scope="col" class="num">
              Waited p50 / p95
            </th>
            <th scope="col" class="num">
              Done per minute
            </th>
            <ActionsHead />
          </tr>
        </thead>
        <tbody>
          {queues.map((queue) => (
            <QueueRow queue={queue} />
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function QueueRow({ queue }: { queue: Queue }) {
  const { name, mode, ready, oldestReadyMs, lately } = queue;
  return (
    <tr>
      <td class="main-narrow">
        <a href={`/queues/${name}`}>
          <b>{name}</b>
        </a>
      </td>
      <td data-label="Mode">
        <QueueMode queue={queue} />
      </td>
      <td data-label="Running">
        <RunningBar queue={queue} />
      </td>
      <td class="num" data-label="Waiting">
        <a href={`/jobs?state=ready&queue=${name}`}>{atMost(ready, depthMax)}</a>
      </td>
      <td class="num" data-label="Oldest">
        {ready === 0 ? <span class="dim">-</span> : formatDuration(oldestReadyMs)}
      </td>
      <td class="num" data-label="Waited p50 / p95">
        <Quantiles p50={lately.waitP50Ms} p95={lately.waitP95Ms} />
      </td>
      <td class="num" data-label="Done per minute">
        {perMinute(lately.finished)}
      </td>
      <td class="cell-actions">
        <div class="row-actions">
          <PauseButton name={name} mode={mode} small />
          <a class="btn btn-small btn-quiet" href={`/queues/${name}`}>
            Limit
            <span class="sr"> of the queue {name}</span>
          </a>
        </div>
      </td>
    </tr>
  );
}

/** Of the last five minutes. */
export function perMinute(count: number): string {
  const rate = count / 5;
  return rate > 0 && rate < 10 ? rate.toFixed(1) : formatCount(Math.round(rate));
}

export function PauseButton({
  name,
  mode,
  small = false,
}: {
  name: string;
  mode: Queue["mode"];
  small?: boolean;
}) {
  if (mode === "paused") {
    return (
      <ActionButton
        action={`/queues/${name}`}
        label={`Resume ${name}`}
        icon="play"
        small={small}
        fields={{ paused: "false" }}
      />
    );
  }
  return (
    <ActionButton
      action={`/queues/${name}`}
      label={`Pause ${name}`}
      icon="stop"
      small={small}
      look="quiet"
      confirm={`Pause the queue ${name}? What runs goes on; nothing more is begun until you resume it.`}
      fields={{ paused: "true" }}
    />
  );
}

const modes = {
  open: ["passed", "active", "open"],
  limited: ["flaky", "draft", "limited"],
  paused: ["failed", "stop", "paused"],
} as const;

export function QueueMode({ queue: { mode, slotsMax, changedBy, reason } }: { queue: Queue }) {
  const [tone, icon, word] = modes[mode];
  return (
    <div>
      <span class={`status t-${tone}`}>
        <Icon name={icon} />
        {word}
        {mode === "limited" ? ` to ${slotsMax}` : ""}
      </span>
      {mode === "open" ? null : (
        <div class="sub">
          <Text of={`by ${changedBy ?? "somebody"}${reason ? `: ${reason}` : ""}`} />
        </div>
      )}
    </div>
  );
}

/** Of the limit where there is one, else of the slots of the workers. */
export function RunningBar({ queue: { name, running, slots, slotsMax } }: { queue: Queue }) {
  const room = slotsMax === null ? slots : Math.min(slots, slotsMax);
  const share = (Math.min(running, room) / Math.max(1, room)) * 1_000;
  return (
    <div class="bar-cell">
      <svg class="bar" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">
        <rect class="t-running" x="0" y="0" width={share.toFixed(2)} height="8" />
      </svg>
      <a class="small dim nowrap" href={`/jobs?state=running&queue=${name}`}>
        {slots === 0 ? `${running}, no worker` : `${running} of ${room}`}
      </a>
    </div>
  );
}
