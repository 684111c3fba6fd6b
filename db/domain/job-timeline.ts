import type { Job } from "./installation.ts";
import type { TryEnd } from "./job-tries.ts";

/** One thing that happened to a job, or that is going to. */
export type Moment = {
  at: string;
  what:
    | "enqueued"
    | "available"
    | "claimed"
    | TryEnd
    | "done"
    | "cancelled"
    | "dead"
    | "replayed"
    | "discarded"
    | "due"
    | "lease-ends";
  /** The try that it is about. */
  attempt: number | null;
  worker: { id: string; name: string | null } | null;
  fence: string | null;
  text: string | null;
  /** Until the next thing happened, or until now; null for what is still to come. */
  forMs: number | null;
};

type Told = Omit<Moment, "forMs">;
const nothing = { attempt: null, worker: null, fence: null, text: null };

/** What happened to a job, the oldest first, with how long each state lasted; then what is to come. */
export function timelineOf(job: Job, now: Date): Moment[] {
  const past = [...begun(job), ...job.history.flatMap(tryOf), ...lastClaim(job), ...ended(job)];
  return [
    ...past.map((moment, index): Moment => {
      const next = past[index + 1];
      const until = next ? Date.parse(next.at) : job.finishedAt === null ? now.getTime() : null;
      return { ...moment, forMs: until === null ? null : Math.max(0, until - Date.parse(moment.at)) };
    }),
    ...coming(job, now).map((moment) => ({ ...moment, forMs: null })),
  ];
}

function begun({ createdAt, runAt, history, state, claimedAt }: Job): Told[] {
  const enqueued: Told = { ...nothing, at: createdAt, what: "enqueued" };
  // A later try has moved the time from which it may run: what it was at first is not known any more.
  const isFirst = history.length === 0;
  const wasLater = Date.parse(runAt) > Date.parse(createdAt) && (state !== "scheduled" || claimedAt !== null);
  return isFirst && wasLater ? [enqueued, { ...nothing, at: runAt, what: "available" }] : [enqueued];
}

function tryOf({ attempt, how, claimedAt, endedAt, workerId, worker, fence, error }: Job["history"][number]) {
  const by = workerId === null ? null : { id: workerId, name: worker };
  const claimed: Told[] =
    claimedAt === null ? [] : [{ at: claimedAt, what: "claimed", attempt, worker: by, fence, text: null }];
  return [
    ...claimed,
    { at: endedAt, what: how, attempt, worker: by, fence: null, text: error } satisfies Told,
  ];
}

/** The claim that the job is in now, or ended in; not one that is in its history, and not one that was given back. */
function lastClaim({ history, claimedAt, workerId, worker, fence, attempt, runAt }: Job): Told[] {
  const last = history.at(-1);
  if (claimedAt === null || workerId === null) return [];
  if (last && Date.parse(claimedAt) <= Date.parse(last.endedAt)) return [];
  const isDueAgain = last && Date.parse(runAt) > Date.parse(last.endedAt) && runAt <= claimedAt;
  return [
    ...(isDueAgain ? [{ ...nothing, at: runAt, what: "available" } satisfies Told] : []),
    { at: claimedAt, what: "claimed", attempt, worker: { id: workerId, name: worker }, fence, text: null },
  ];
}

function ended({ state, finishedAt, error, handledAt, handledBy, replayedAs }: Job): Told[] {
  if (finishedAt === null || (state !== "done" && state !== "cancelled" && state !== "dead")) return [];
  const end: Told = { ...nothing, at: finishedAt, what: state, text: error };
  if (handledAt === null) return [end];
  const what = replayedAs === null ? "discarded" : "replayed";
  return [end, { ...nothing, at: handledAt, what, text: handledBy === null ? null : `by ${handledBy}` }];
}

function coming({ state, runAt, leaseUntil }: Job, now: Date): Told[] {
  if (state === "scheduled" && Date.parse(runAt) > now.getTime()) {
    return [{ ...nothing, at: runAt, what: "due" }];
  }
  if (state === "running" && leaseUntil !== null) {
    const isOver = Date.parse(leaseUntil) < now.getTime();
    const text = isOver ? "and was not renewed: another worker takes over" : "unless its worker renews it";
    return [{ ...nothing, at: leaseUntil, what: "lease-ends", text }];
  }
  return [];
}
