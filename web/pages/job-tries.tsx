import type { Job } from "../../db/domain/installation.ts";
import { Text } from "../parts/text.tsx";
import { Ago, Duration } from "../parts/time.tsx";

const ends = {
  failed: "failed",
  lost: "lost with its worker",
  interrupted: "handed back",
  snoozed: "put off",
} as const;

/** The tries that did not end a job, with what each left as evidence. */
export function TriesTable({ tries, now }: { tries: Job["history"]; now: Date }) {
  return (
    <section class="scroll" aria-label="Tries" tabindex={0}>
      <table class="list stack">
        <caption class="sr">Earlier tries, the oldest first</caption>
        <thead>
          <tr>
            <th scope="col">Try</th>
            <th scope="col">End</th>
            <th scope="col">Evidence</th>
            <th scope="col">Worker</th>
            <th scope="col">Ran</th>
            <th scope="col">When</th>
          </tr>
        </thead>
        <tbody>
          {tries.map(({ attempt, how, error, worker, workerId, claimedAt, endedAt }) => (
            <tr>
              <td class="lead">{attempt}</td>
              <td data-label="End">{ends[how]}</td>
              <td class="main" data-label="Evidence">
                {error === null ? <span class="dim">-</span> : <Text of={error} />}
              </td>
              <td data-label="Worker">
                <WorkerLink id={workerId} name={worker} />
              </td>
              <td data-label="Ran">
                <Duration ms={claimedAt === null ? null : Date.parse(endedAt) - Date.parse(claimedAt)} />
              </td>
              <td data-label="When">
                <Ago at={endedAt} now={now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A worker by its name, where it still has one. */
export function WorkerLink({ id, name }: { id: string | null; name: string | null }) {
  if (id === null) return <span class="dim">-</span>;
  if (name === null) return <code title={id}>{`…${id.slice(-12)}`}</code>;
  return (
    <a href={workerHref(id)}>
      <Text of={name} />
    </a>
  );
}

/** The one place that knows where a worker is shown. */
function workerHref(id: string): string {
  return `/workers#${id}`;
}
