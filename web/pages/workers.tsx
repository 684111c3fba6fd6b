import type { PropsWithChildren } from "hono/jsx";
import type { Worker } from "../../db/domain/installation.ts";
import { Empty, TableBox } from "../parts/bits.tsx";
import { formatCount, plural } from "../parts/figures.ts";
import { Status } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
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

export function WorkerList({
  workers,
  counts,
  now,
}: {
  workers: readonly Worker[];
  counts: JobCounts;
  now: Date;
}) {
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
      {workers.length === 0 ? (
        <Empty title="No worker is connected">
          {counts.ready > 0
            ? `${plural(counts.ready, "job waits", "jobs wait")} for one. `
            : "What is started will wait for one. "}
          Start one with <code>npm start</code>, or another worker process with the same DATABASE_URL; it
          appears here within seconds.
        </Empty>
      ) : (
        <TableBox label="Workers">
          <table class="list stack">
            <caption class="sr">Workers</caption>
            <thead>
              <tr>
                <th scope="col">State</th>
                <th scope="col">Worker</th>
                <th scope="col">Slots</th>
                <th scope="col">Browsers</th>
                <th scope="col">Version</th>
                <th scope="col">Seen</th>
                <th scope="col">Started</th>
              </tr>
            </thead>
            <tbody>
              {workers.map((worker) => (
                <tr>
                  <td class="lead">
                    <Status of={worker.state} />
                  </td>
                  <td class="main-narrow">
                    <b>
                      <Text of={worker.name} />
                    </b>
                    <div class="sub">
                      <Text of={worker.host} /> · pid {worker.pid}
                    </div>
                  </td>
                  <td data-label="Slots">
                    <SlotBar running={worker.running} slots={worker.slots} />
                  </td>
                  <td data-label="Browsers">
                    {worker.browsers.length > 0 ? <Text of={worker.browsers.join(", ")} /> : "-"}
                  </td>
                  <td data-label="Version">
                    <Text of={worker.version} />
                  </td>
                  <td data-label="Seen">
                    <Ago at={worker.seenAt} now={now} />
                  </td>
                  <td data-label="Started">
                    <Ago at={worker.startedAt} now={now} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
    </div>
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
