import type { Job } from "../../db/domain/installation.ts";
import { type Moment, timelineOf } from "../../db/domain/job-timeline.ts";
import { ActionButton, Note } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { formatDuration, formatTime, plural } from "../parts/figures.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { Status, type Tone } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { TriesTable, WorkerLink } from "./job-tries.tsx";
import { refreshMs } from "./jobs.tsx";

type Props = { job: Job; now: Date; fault: string | null };

/** One job: its state in a sentence, how it came to it, each try with its evidence, what it is about. */
export function JobPage({ job, now, fault }: Props) {
  return (
    <div
      class="page-live"
      id="job"
      hx-get={`/jobs/${job.id}`}
      hx-trigger="refresh"
      hx-swap="outerHTML"
      data-refresh={job.finishedAt === null ? refreshMs : undefined}
    >
      <JobHead job={job} />
      {fault ? <Note tone="failed" title={fault} role="alert" /> : null}
      {job.replayedAs ? (
        <Note tone="passed" title="It was tried again.">
          <a href={`/jobs/${job.replayedAs}`}>Open the job that it was tried again as</a>
        </Note>
      ) : null}
      <div class="split">
        <section class="panel" aria-labelledby="timeline">
          <div class="panel-head">
            <h2 id="timeline">What happened</h2>
          </div>
          <Timeline job={job} now={now} />
        </section>
        <section class="panel panel-pad" aria-labelledby="facts">
          <h2 id="facts" class="sr">
            Facts
          </h2>
          <Facts job={job} />
        </section>
      </div>
      {job.history.length === 0 ? null : (
        <section class="section" aria-labelledby="tries">
          <h2 id="tries">Tries that did not end it</h2>
          <TriesTable tries={job.history} now={now} />
        </section>
      )}
    </div>
  );
}

function JobHead({ job }: { job: Job }) {
  const executionId = typeof job.payload.executionId === "string" ? job.payload.executionId : null;
  const isOpenDead = job.state === "dead" && job.handledAt === null;
  return (
    <div class="head">
      <div class="head-text">
        <Crumbs items={[["/jobs", "Jobs"]]} />
        <div class="head-title">
          <h1>{job.kind}</h1>
          <Status of={job.state} pill />
        </div>
        <p class="meta" aria-live="polite">
          <Text of={job.explanation} />
        </p>
      </div>
      <div class="actions">
        {executionId ? (
          <a class="btn" href={`/executions/${executionId}`}>
            Open the execution
          </a>
        ) : null}
        {job.finishedAt === null ? (
          <ActionButton
            action={`/jobs/${job.id}/cancel`}
            label="Cancel job"
            icon="stop"
            look="danger"
            confirm="Cancel this job? Work that runs is stopped within seconds."
          />
        ) : null}
        {isOpenDead ? (
          <>
            <ActionButton
              action={`/jobs/${job.id}/discard`}
              label="Discard"
              icon="archive"
              confirm="Say that nothing is to be done about this dead letter? It stays in the history."
            />
            <ActionButton action={`/jobs/${job.id}/retry`} label="Try again" icon="retry" look="primary" />
          </>
        ) : null}
      </div>
    </div>
  );
}

const looks: Record<Moment["what"], readonly [Tone, IconName, string]> = {
  enqueued: ["quiet", "queued", "Enqueued"],
  available: ["quiet", "queued", "Available to workers"],
  claimed: ["running", "play", "Claimed"],
  failed: ["failed", "failed", "Failed by an error of ours"],
  lost: ["error", "lost", "Lost with its worker, taken over"],
  interrupted: ["quiet", "stop", "Handed back, its worker stopped"],
  snoozed: ["quiet", "queued", "Put off"],
  done: ["passed", "passed", "Done"],
  cancelled: ["quiet", "cancelled", "Cancelled"],
  dead: ["failed", "failed", "Given up"],
  replayed: ["passed", "retry", "Tried again as another job"],
  discarded: ["quiet", "archive", "Discarded"],
  due: ["flaky", "pending", "Due"],
  "lease-ends": ["quiet", "pending", "Lease ends"],
};

const runningLook = ["running", "running", "Claimed, runs"] as const;

function Timeline({ job, now }: { job: Job; now: Date }) {
  const moments = timelineOf(job, now);
  const last = moments.findLastIndex(({ forMs }) => forMs !== null);
  return (
    <ol class="moments">
      {moments.map((moment, index) => (
        <OneMoment moment={moment} isNow={job.finishedAt === null && index === last} now={now} />
      ))}
    </ol>
  );
}

function OneMoment({ moment, isNow, now }: { moment: Moment; isNow: boolean; now: Date }) {
  const isClaim = moment.what === "claimed";
  const [tone, icon, words] = isClaim && isNow ? runningLook : looks[moment.what];
  return (
    <li class={`moment t-${tone}`}>
      <Icon name={icon} />
      <div>
        <p class="moment-what">
          <b>{words}</b>
          {moment.attempt !== null && isClaim ? <span class="dim"> try {moment.attempt}</span> : null}
          {moment.worker && isClaim ? (
            <span>
              {" on "}
              <WorkerLink id={moment.worker.id} name={moment.worker.name} />
            </span>
          ) : null}
          {moment.fence ? (
            <span class="dim">
              {" fence "}
              <code>{moment.fence}…</code>
            </span>
          ) : null}
        </p>
        {moment.text === null ? null : (
          <p class="moment-text">
            <Text of={moment.text} />
          </p>
        )}
        <p class="moment-at">
          <span>{formatTime(new Date(moment.at))}</span>
          <Ago at={moment.at} now={now} />
        </p>
      </div>
      <span class="moment-for">{moment.forMs === null ? "" : formatDuration(moment.forMs)}</span>
    </li>
  );
}

function Facts({ job }: { job: Job }) {
  const parameters = JSON.stringify(job.payload, null, 1);
  return (
    <dl class="facts">
      <dt>Queue</dt>
      <dd>
        <a href={`/queues/${job.queue}`}>{job.queue}</a>
      </dd>
      <dt>Priority</dt>
      <dd>{job.priority} (smaller is taken earlier)</dd>
      {job.projectId ? (
        <>
          <dt>Project</dt>
          <dd>
            <a href={`/jobs?project=${job.projectId}`}>All jobs of its project</a>,{" "}
            <a href={`/queues/${job.queue}/shares/${job.projectId}`}>its share</a>
          </dd>
        </>
      ) : null}
      <dt>Tries</dt>
      <dd>
        {job.attempt} claimed; {job.failures} of at most {job.attemptsMax} failed by an error of ours;{" "}
        {plural(job.crashes, "worker")} lost; handed back {plural(job.interruptions, "time")}
      </dd>
      <dt>Worker</dt>
      <dd>
        <WorkerLink id={job.workerId} name={job.worker} />
      </dd>
      {job.fence ? (
        <>
          <dt>Fence</dt>
          <dd>
            <code>{job.fence}…</code> <span class="dim">every write about it carries this lease token</span>
          </dd>
        </>
      ) : null}
      <dt>Parameters</dt>
      <dd>
        <pre class="payload">
          <Text of={parameters} />
        </pre>
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
  );
}
