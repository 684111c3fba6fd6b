import type { Job } from "../../db/domain/installation.ts";
import { ActionButton, Note } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { formatTime } from "../parts/figures.ts";
import { Status } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";

/** One job: its state in a sentence, its times, what it is about. */
export function JobPage({ job, now, fault }: { job: Job; now: Date; fault: string | null }) {
  const executionId = typeof job.payload.executionId === "string" ? job.payload.executionId : null;
  const isOpen = job.finishedAt === null;
  const moments: [string, string | null][] = [
    ["Created", job.createdAt],
    ["To start from", job.runAt],
    ["Claimed", job.claimedAt],
    ["Ended", job.finishedAt],
  ];
  return (
    <>
      <div class="head">
        <div class="head-text">
          <Crumbs items={[["/jobs", "Jobs"]]} />
          <div class="head-title">
            <h1>{job.kind}</h1>
            <Status of={job.state} pill />
          </div>
          <p class="meta">
            <Text of={job.explanation} />
          </p>
        </div>
        <div class="actions">
          {isOpen ? (
            <ActionButton
              action={`/jobs/${job.id}/cancel`}
              label="Cancel job"
              icon="stop"
              look="danger"
              confirm="Cancel this job? Work that runs is stopped within seconds."
            />
          ) : null}
          {job.state === "dead" && executionId === null ? (
            <ActionButton action={`/jobs/${job.id}/retry`} label="Try again" icon="retry" look="primary" />
          ) : null}
          {executionId ? (
            <a class="btn" href={`/executions/${executionId}`}>
              Open the execution
            </a>
          ) : null}
        </div>
      </div>
      {fault ? <Note tone="failed" title={fault} role="alert" /> : null}
      <section class="panel panel-pad">
        <dl class="facts">
          {moments.map(([label, at]) => (
            <>
              <dt>{label}</dt>
              <dd>
                {at === null ? (
                  <span class="dim">not yet</span>
                ) : (
                  <>
                    <Ago at={at} now={now} /> <span class="dim">{formatTime(new Date(at))}</span>
                  </>
                )}
              </dd>
            </>
          ))}
          <dt>Tries</dt>
          <dd>
            {job.attempt} claimed, {job.failures} failed by an error of ours, {job.crashes} lost with their
            worker
          </dd>
          <dt>Worker</dt>
          <dd>{job.workerId ? <code>{job.workerId}</code> : <span class="dim">none</span>}</dd>
          <dt>Priority</dt>
          <dd>{job.priority} (smaller is taken earlier)</dd>
          <dt>About</dt>
          <dd>
            <code>
              <Text of={JSON.stringify(job.payload)} />
            </code>
          </dd>
          <dt>Id</dt>
          <dd>
            <code>{job.id}</code>
          </dd>
          {job.error ? (
            <>
              <dt>Error</dt>
              <dd class="failure">
                <pre>
                  <Text of={job.error} />
                </pre>
              </dd>
            </>
          ) : null}
        </dl>
      </section>
    </>
  );
}
