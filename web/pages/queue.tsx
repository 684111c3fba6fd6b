import type { FieldError } from "../../db/domain/errors.ts";
import type { Queue, Share, Throughput } from "../../db/domain/installation.ts";
import type { Page } from "../../db/domain/queries.ts";
import { FormErrors } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { TextField } from "../parts/field.tsx";
import { formatCount, formatDuration, plural } from "../parts/figures.ts";
import { KindsTable, Quantiles, ThroughputChart } from "../parts/throughput-chart.tsx";
import { Ago } from "../parts/time.tsx";
import { PauseButton, QueueMode, RunningBar, WindowTabs } from "./job-figures.tsx";
import { refreshMs } from "./jobs.tsx";
import { Shares } from "./shares.tsx";

type Props = {
  queue: Queue;
  throughput: Throughput;
  path: string;
  now: Date;
  /** Null in a queue without turns. */
  shares: Page<Share> | null;
  /** What was typed and what is wrong with it. */
  values: { slotsMax: string; reason: string };
  errors: readonly FieldError[];
};

const about: Record<Queue["name"], string> = {
  browser: "Work that needs a browser. Projects take turns, and each has a share of the workers.",
  light: "Small work of the installation that needs no browser. A worker claims it ahead.",
  media: "Films of tests. A worker makes one at a time, after everything else.",
};

/** One queue: what it does, and what may be changed about it. */
export function QueuePage(props: Props) {
  const { queue } = props;
  return (
    <>
      <div class="head">
        <div class="head-text">
          <Crumbs items={[["/jobs", "Jobs"]]} />
          <h1>Queue {queue.name}</h1>
          <p class="meta">{about[queue.name]}</p>
        </div>
        <div class="actions">
          <a class="btn" href={`/jobs?queue=${queue.name}`}>
            Its jobs
          </a>
          <PauseButton name={queue.name} mode={queue.mode} />
        </div>
      </div>
      <QueueFigures {...props} />
      {props.shares ? <Shares page={props.shares} path={props.path} now={props.now} /> : null}
      <QueueForm {...props} />
    </>
  );
}

/** The part that follows what happens. */
export function QueueFigures({ queue, throughput, path, now }: Omit<Props, "values" | "errors" | "shares">) {
  return (
    <div
      class="page-live"
      id="queue-figures"
      hx-get={path}
      hx-trigger="refresh"
      hx-swap="outerHTML"
      data-refresh={refreshMs}
    >
      <section class="panel panel-pad" aria-label="State">
        <dl class="facts">
          <dt>Mode</dt>
          <dd>
            <QueueMode queue={queue} />
            {queue.changedAt ? (
              <span class="dim">
                {" "}
                changed <Ago at={queue.changedAt} now={now} />
              </span>
            ) : null}
          </dd>
          <dt>Running</dt>
          <dd>
            <RunningBar queue={queue} />
          </dd>
          <dt>Workers</dt>
          <dd>
            {plural(queue.workers, "worker")} with {plural(queue.slots, "slot")}
          </dd>
          <dt>Waiting</dt>
          <dd>
            {formatCount(queue.ready)} now
            {queue.ready > 0 ? `, the oldest since ${formatDuration(queue.oldestReadyMs)}` : ""};{" "}
            {formatCount(queue.scheduled)} until their time
          </dd>
          <dt>Waited, 5 minutes</dt>
          <dd>
            <Quantiles p50={queue.lately.waitP50Ms} p95={queue.lately.waitP95Ms} />{" "}
            <span class="dim">p50 / p95</span>
          </dd>
          <dt>Ran, 5 minutes</dt>
          <dd>
            <Quantiles p50={queue.lately.runP50Ms} p95={queue.lately.runP95Ms} />{" "}
            <span class="dim">p50 / p95</span>
          </dd>
        </dl>
      </section>
      <section class="section" aria-labelledby="throughput">
        <div class="section-head">
          <h2 id="throughput">Throughput</h2>
          <WindowTabs now={throughput.window} path={path} />
        </div>
        <ThroughputChart of={throughput} />
        <KindsTable of={throughput} />
      </section>
    </div>
  );
}

function QueueForm({ queue, values, errors }: Props) {
  return (
    <section class="section" aria-labelledby="change">
      <h2 id="change">Change</h2>
      {errors.length > 0 ? <FormErrors title="Nothing was changed" errors={errors} /> : null}
      <form class="form panel panel-pad" method="post" action={`/queues/${queue.name}`}>
        <input type="hidden" name="form" value="limit" />
        <div class="fields">
          <TextField
            name="slotsMax"
            label="Jobs at once, on all workers together"
            type="number"
            value={values.slotsMax}
            errors={errors}
            hint="Empty: as many as the workers have slots"
            min={1}
            max={100_000}
          />
          <TextField
            name="reason"
            label="Reason"
            value={values.reason}
            errors={errors}
            hint="Shown with every job that waits for it"
            maxlength={500}
          />
        </div>
        <div class="actions">
          <button class="btn btn-primary" type="submit">
            Change limit
          </button>
          {queue.mode === "paused" ? null : (
            <button class="btn" type="submit" name="paused" value="true">
              Pause for this reason
            </button>
          )}
        </div>
        <p class="hint">
          What runs goes on. The next claim of any worker obeys, within a second or two. Every change is
          written to the audit log.
        </p>
      </form>
    </section>
  );
}
