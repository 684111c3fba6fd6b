import type { PropsWithChildren } from "hono/jsx";
import type { Worker } from "../../db/domain/installation.ts";
import { ActionsHead, Empty, Note, TableBox } from "../parts/bits.tsx";
import { formatBytes, formatCount, formatDuration, formatShare, plural } from "../parts/figures.ts";
import { Status } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { WorkerActions } from "../parts/worker-actions.tsx";
import { type JobCounts, refreshMs } from "./jobs.tsx";

export function Workers({ children }: PropsWithChildren) {
  return (
    <>
      <div class="head">
        <div class="head-text">
          <h1>Workers</h1>
          <p class="meta">
            Processes that hold the browsers. One that has not been seen for a while counts as lost.
          </p>
        </div>
        <a class="btn" href="/jobs">
          Jobs
        </a>
      </div>
      {children}
    </>
  );
}

type ListProps = {
  workers: readonly Worker[];
  counts: JobCounts;
  /** What waits and no worker takes, in sentences. */
  unmet: readonly string[];
  now: Date;
};

export function WorkerList({ workers, counts, unmet, now }: ListProps) {
  const active = workers.filter(({ state }) => state === "active");
  const slots = active.reduce((sum, { slots: own }) => sum + own, 0);
  const busy = active.reduce((sum, { running }) => sum + running, 0);
  const figures = [
    [active.length, "active workers", "/workers"],
    [busy, `of ${formatCount(slots)} slots busy`, "/jobs?state=running"],
    [counts.ready, "jobs waiting", "/jobs?state=ready"],
  ] as const;
  return (
    <div
      class="page-live"
      id="worker-list"
      hx-get="/workers"
      hx-trigger="refresh"
      hx-swap="outerHTML"
      data-refresh={refreshMs}
    >
      <section class="figures" aria-label="Figures">
        {figures.map(([figure, label, href]) => (
          <a class="figure" href={href}>
            <b>{formatCount(figure)}</b>
            <span>{label}</span>
          </a>
        ))}
      </section>
      {workers.length > 0 && unmet.length > 0 ? (
        <Note tone="error" title="Jobs wait that no worker takes">
          <ul>
            {unmet.map((sentence) => (
              <li>
                <Text of={sentence} />
              </li>
            ))}
          </ul>
        </Note>
      ) : null}
      {workers.length === 0 ? (
        <NoWorkers unmet={unmet} />
      ) : (
        <TableBox label="Workers">
          <table class="list stack">
            <caption class="sr">Workers</caption>
            <thead>
              <tr>
                <th scope="col">State</th>
                <th scope="col">Worker</th>
                <th scope="col">Slots</th>
                <th scope="col">Machine</th>
                <th scope="col">Jobs</th>
                <th scope="col">Seen</th>
                <ActionsHead />
              </tr>
            </thead>
            <tbody>
              {workers.map((worker) => (
                <WorkerRow worker={worker} now={now} />
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
    </div>
  );
}

function NoWorkers({ unmet }: { unmet: readonly string[] }) {
  return (
    <Empty title="No worker is connected">
      {unmet.length > 0 ? `${unmet.join("; ")}. ` : "What is started will wait for one. "}
      Start one with <code>npm start</code>, or another worker process with the same DATABASE_URL; it appears
      here within seconds.
    </Empty>
  );
}

function WorkerRow({ worker, now }: { worker: Worker; now: Date }) {
  const why = worker.state === "lost" ? null : (worker.refusal ?? worker.reason);
  return (
    <tr>
      <td class="lead">
        <Status of={worker.state} />
      </td>
      <td class="main-narrow">
        <a href={`/workers/${worker.id}`}>
          <b>
            <Text of={worker.name} />
          </b>
        </a>
        <div class="sub">
          <span>
            <Text of={worker.host} />, pid {worker.pid}
          </span>
          <span>
            version <Text of={worker.version} />
          </span>
          <span>{worker.browsers.length > 0 ? <Text of={worker.browsers.join(", ")} /> : "no browser"}</span>
        </div>
        {why ? (
          <span class="reason">
            <Text of={why} />
          </span>
        ) : null}
      </td>
      <td data-label="Slots">
        <div class="grow">
          <SlotBar running={worker.running} slots={worker.slots} />
          {worker.jobs.map((job) => (
            <div class="sub">
              <a href={job.executionId ? `/executions/${job.executionId}` : `/jobs/${job.id}`}>{job.kind}</a>
              {formatDuration(now.getTime() - new Date(job.since).getTime())}
            </div>
          ))}
        </div>
      </td>
      <td data-label="Machine" class="nowrap">
        <Machine worker={worker} />
      </td>
      <td data-label="Jobs" class="nowrap">
        {formatCount(worker.processed)} ended
        <div class="sub">
          <span>{formatCount(worker.failed)} failed</span>
          <span class={worker.faults > 0 ? "t-error tone" : undefined}>{plural(worker.faults, "fault")}</span>
        </div>
      </td>
      <td data-label="Seen" class="nowrap">
        <Ago at={worker.seenAt} now={now} />
        <div class="sub">
          up {formatDuration(new Date(worker.seenAt).getTime() - new Date(worker.startedAt).getTime())}
        </div>
      </td>
      <td class="cell-actions">
        <WorkerActions worker={worker} />
      </td>
    </tr>
  );
}

/** What is free of its memory, and how busy its processors are. */
export function Machine({ worker }: { worker: Worker }) {
  const { memoryBytes, memoryFreeBytes, load } = worker;
  if (memoryBytes === null || memoryFreeBytes === null || load === null) {
    return <span class="dim">not yet known</span>;
  }
  return (
    <>
      {formatBytes(memoryFreeBytes)} free
      <div class="sub">
        <span>of {formatBytes(memoryBytes)},</span> <span>load {formatShare(load)}</span>
      </div>
    </>
  );
}

function SlotBar({ running, slots }: { running: number; slots: number }) {
  const width = (Math.min(running, slots) / Math.max(1, slots)) * 1_000;
  return (
    <div class="bar-cell">
      <svg class="bar" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">
        <rect class="t-running" x="0" y="0" width={width.toFixed(2)} height="8" />
      </svg>
      <span class="small dim">
        {running} of {slots} busy
      </span>
    </div>
  );
}
