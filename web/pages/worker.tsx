import type { Worker } from "../../db/domain/installation.ts";
import { ActionButton, Note } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { TextField } from "../parts/field.tsx";
import { formatCount, formatDuration } from "../parts/figures.ts";
import { Status } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { visibleText } from "../parts/visible-text.ts";
import { offeredModes, workerActions } from "../parts/worker-actions.tsx";
import { Machine } from "./workers.tsx";

type Props = { worker: Worker; now: Date; fault: { message: string; reason: string } | null };

/** One worker: how it is, what it has, what it is to do. */
export function WorkerPage({ worker, now, fault }: Props) {
  const action = `/workers/${worker.id}/mode`;
  return (
    <>
      <div class="head">
        <div class="head-text">
          <Crumbs items={[["/workers", "Workers"]]} />
          <div class="head-title">
            <h1>
              <Text of={worker.name} />
            </h1>
            <Status of={worker.state} pill />
          </div>
          <p class="meta">
            <span>
              <Text of={worker.host} />, pid {worker.pid}
            </span>
            <span>
              version <Text of={worker.version} />
            </span>
          </p>
        </div>
        <div class="actions">
          {offeredModes(worker).map((mode) => {
            const { label, icon, effect } = workerActions[mode];
            const confirm = `${label} “${visibleText(worker.name)}”? ${effect(worker)}`;
            return (
              <ActionButton
                action={action}
                label={label}
                icon={icon}
                {...(mode === "active" ? { look: "primary" as const } : { confirm })}
                fields={{ mode }}
              />
            );
          })}
        </div>
      </div>
      {fault ? <Note tone="failed" title={fault.message} role="alert" /> : null}
      {worker.refusal ? (
        <Note tone="error" title="It claims less than it is told to">
          <p>
            <Text of={worker.refusal} />
          </p>
        </Note>
      ) : null}
      <section class="panel panel-pad" aria-label="Facts">
        <Facts worker={worker} now={now} />
      </section>
      {worker.state === "lost" || worker.state === "quarantined" ? null : (
        <section class="panel panel-pad" aria-label="Quarantine">
          <form
            class="form"
            method="post"
            action={action}
            data-confirm={`Quarantine “${visibleText(worker.name)}”? ${workerActions.quiet.effect(worker)} It is shown as sick until somebody activates it.`}
          >
            <input type="hidden" name="mode" value="quarantined" />
            <TextField
              name="reason"
              label="What is wrong with it"
              hint="Whoever finds it quarantined reads this."
              value={fault?.reason ?? ""}
              errors={[]}
              required
              maxlength={500}
              wide
            />
            <div class="actions">
              <button class="btn btn-danger" type="submit">
                Quarantine
              </button>
            </div>
          </form>
        </section>
      )}
    </>
  );
}

function Facts({ worker, now }: { worker: Worker; now: Date }) {
  const elapsed = (since: string) => formatDuration(now.getTime() - new Date(since).getTime());
  return (
    <dl class="facts">
      <dt>State</dt>
      <dd>
        {worker.state}
        {worker.reason ? (
          <>
            {": "}
            <Text of={worker.reason} />
          </>
        ) : null}{" "}
        <span class="dim">
          since <Ago at={worker.changedAt} now={now} />
          {worker.changedBy ? (
            <>
              , by <Text of={worker.changedBy} />
            </>
          ) : null}
        </span>
      </dd>
      <dt>Browsers</dt>
      <dd>{worker.browsers.length > 0 ? <Text of={worker.browsers.join(", ")} /> : "none"}</dd>
      <dt>Slots</dt>
      <dd>
        {worker.running} of {worker.slots} busy
      </dd>
      <dt>Has now</dt>
      <dd>
        {worker.jobs.length === 0 ? <span class="dim">nothing</span> : null}
        {worker.jobs.map((job) => (
          <div>
            <a href={job.executionId ? `/executions/${job.executionId}` : `/jobs/${job.id}`}>{job.kind}</a>{" "}
            since {elapsed(job.since)}
          </div>
        ))}
      </dd>
      <dt>Machine</dt>
      <dd>
        <Machine worker={worker} />
      </dd>
      <dt>Since its start</dt>
      <dd>
        {formatCount(worker.processed)} jobs ended; {formatCount(worker.failed)} tries in which the test
        failed, {formatCount(worker.faults)} that ended by an error of ours or of the machine
      </dd>
      <dt>Seen</dt>
      <dd>
        <Ago at={worker.seenAt} now={now} />
      </dd>
      <dt>Started</dt>
      <dd>
        <Ago at={worker.startedAt} now={now} />
      </dd>
      <dt>Id</dt>
      <dd>
        <code>{worker.id}</code>
      </dd>
    </dl>
  );
}
