import type { JobTry } from "./job-tries.ts";
import { type JobKind, policyOf } from "./jobs.ts";
import { limits } from "./limits.ts";
import type { JobOutcome, JobState } from "./states.ts";

/** What is known of a job when its state is explained. Seconds are from the database's clock, which judges leases. */
export type JobFacts = {
  kind: JobKind;
  state: JobState | JobOutcome;
  failures: number;
  crashes: number;
  interruptions: number;
  /** The worker's name; its id when it has left. */
  worker: string | null;
  cancelReason: string | null;
  error: string | null;
  /** Of one that runs, where it says so: 0 to 1, and with what. */
  progress: { fraction: number; text: string } | null;
  history: readonly JobTry[];
  /** How many of the same key run, where keys have shares; how many wait before it, when that was asked. */
  shareRunning: number | null;
  /** How many that may be, where that is not what the kind says; and the rate at which they may start, with how many have. */
  shareMax: number | null;
  rate: { jobs: number; perMs: number; started: number } | null;
  ahead: number | null;
  /** Of a dead letter: who has dealt with it, and what it was tried again as. */
  handledBy: string | null;
  replayedAs: string | null;
  /** Since it is (negative: until it will be) due, since it was claimed, until its lease ends, since its end. */
  dueS: number;
  heldS: number | null;
  leaseS: number | null;
  endedS: number | null;
};

/** What a job waits in. */
export type JobPlace = {
  /** Why none of the workers that are there can take it, as the end of a sentence; null as soon as one can. */
  nobody: string | null;
  /** Workers that can, their slots in its queue, and how many jobs of the queue run. */
  workers: number;
  slots: number;
  running: number;
  /** Of those that run: lost with so many workers that a worker has one of them at a time. */
  suspects: number;
  queue: {
    name: string;
    paused: boolean;
    changedBy: string | null;
    reason: string | null;
    slotsMax: number | null;
  };
};

/** A job that could have been claimed for so long was not, for a reason that the database does not know. */
const overdueS = 30;

/** Why the job is where it is, in one sentence. */
export function explainJob(job: JobFacts, place: JobPlace): string {
  switch (job.state) {
    case "ready":
      return `Waits since ${span(job.dueS)}: ${whyWaiting(job, place)}${before(job)}`;
    case "scheduled":
      return scheduled(job, place);
    case "running":
      return running(job);
    case "done":
      return `Done ${span(job.endedS)} ago by worker ${workerOf(job)} in ${span(job.heldS)}${before(job)}`;
    case "cancelled":
      return `Cancelled ${span(job.endedS)} ago: ${job.error ?? "no reason was given"}`;
    case "dead":
      return dead(job);
  }
}

/** The same for who sees only what the job is for: not since when, and not who paused the queue. null: it waits no more. */
export function whyNotBegun(job: JobFacts, place: JobPlace): string | null {
  const quiet = { ...place, queue: { ...place.queue, changedBy: "an administrator" } };
  if (job.state === "scheduled") return scheduled(job, quiet);
  return job.state === "ready" ? `Waits: ${whyWaiting(job, quiet)}` : null;
}

function whyWaiting(job: JobFacts, place: JobPlace): string {
  const { nobody, workers, slots, running, suspects, queue } = place;
  if (queue.paused) return paused(queue);
  if (nobody !== null) return nobody;
  const { share } = policyOf(job.kind);
  if (share && (job.shareRunning ?? 0) >= (job.shareMax ?? share.atOnce)) {
    const jobs = job.shareRunning === 1 ? "1 such job" : `${job.shareRunning} such jobs`;
    return `its project has ${jobs} running, which is all that it may have at once${turn(job)}`;
  }
  if (job.rate && job.rate.started >= job.rate.jobs) {
    const { started, perMs } = job.rate;
    const jobs = started === 1 ? "1 such job" : `${started} such jobs`;
    return `its project has started ${jobs} in the last ${span(perMs / 1_000)}, which is all that it may${turn(job)}`;
  }
  if (queue.slotsMax !== null && running >= queue.slotsMax) {
    const jobs = running === 1 ? "1 job" : `${running} jobs`;
    return `${jobs} of the queue ${queue.name} ${running === 1 ? "runs" : "run"}, which is all that it may have at once${turn(job)}`;
  }
  if (running >= slots) {
    return `all ${slots} slots of the ${workers === 1 ? "connected worker" : `${workers} connected workers`} are taken${turn(job)}`;
  }
  if (job.crashes >= limits.crashesMax - 1 && suspects >= workers) {
    return `it was lost with ${job.crashes} workers, and each worker that could take it has one such job already, which it has alone${turn(job)}`;
  }
  const free = `${slots - running} of ${slots} slots are free`;
  if (job.dueS > overdueS)
    return `${free} and yet no worker has taken it: look at the workers and their logs${turn(job)}`;
  if ((job.ahead ?? 0) >= slots - running) return `${free}${turn(job)}`;
  return `${free}, so a worker takes it within a second`;
}

/** Also told of jobs that are due later: they will not begin either. */
function paused({ name, changedBy, reason }: JobPlace["queue"]): string {
  return `the queue ${name} is paused by ${changedBy ?? "somebody"}${reason ? ` (${reason})` : ""}`;
}

function turn({ kind, ahead }: JobFacts): string {
  if (!ahead) return "";
  const whose = policyOf(kind).share ? " of its project" : "";
  return `, and ${ahead === 1 ? `1 job${whose} is` : `${ahead} jobs${whose} are`} before it`;
}

function scheduled(job: JobFacts, place: JobPlace): string {
  const { queue } = place;
  const { attemptsMax } = policyOf(job.kind).retry;
  const last = job.history.at(-1)?.how;
  const what =
    last === "snoozed"
      ? "until the time it asked for"
      : job.failures > 0
        ? `until its try ${job.failures + 1} of ${attemptsMax} after ${tries(job.failures)}: ${job.error ?? "no error was kept"}`
        : "until its time";
  if (job.dueS < 0)
    return `Waits another ${span(job.dueS)} ${what}${queue.paused ? `; ${paused(queue)}` : ""}`;
  return `Has waited ${what}; it is due since ${span(job.dueS)}, and ${whyWaiting(job, place)}`;
}

function running(job: JobFacts): string {
  const since = `${workerOf(job)} since ${span(job.heldS)}`;
  if (job.cancelReason !== null) return `Is being stopped on worker ${since}: ${job.cancelReason}`;
  if ((job.leaseS ?? 0) < 0) {
    return `Was running on worker ${since}, which has not been heard of: its lease ended ${span(job.leaseS)} ago and another worker takes over`;
  }
  return `Runs on worker ${since}${howFar(job)}, lease for another ${span(job.leaseS)}`;
}

function howFar({ progress }: JobFacts): string {
  if (progress === null) return "";
  return `, ${Math.floor(progress.fraction * 100)} % done${progress.text ? ` (${progress.text})` : ""}`;
}

function dead(job: JobFacts): string {
  const why = `Given up ${span(job.endedS)} ago after ${tries(job.failures)} and ${lost(job.crashes)}: ${job.error ?? "no error was kept"}`;
  if (job.handledBy === null) return why;
  return `${why} (${job.replayedAs === null ? "discarded" : "tried again as another job"} by ${job.handledBy})`;
}

function before({ failures, crashes, interruptions }: JobFacts): string {
  const parts = [
    failures > 0 ? tries(failures) : null,
    crashes > 0 ? lost(crashes) : null,
    interruptions > 0 ? `handed back ${interruptions === 1 ? "once" : `${interruptions} times`}` : null,
  ].filter((part) => part !== null);
  return parts.length > 0 ? ` (before: ${parts.join(", ")})` : "";
}

function workerOf({ worker }: JobFacts): string {
  return worker ?? "no worker";
}

function tries(failures: number): string {
  return failures === 1 ? "1 failed try" : `${failures} failed tries`;
}

function lost(crashes: number): string {
  return crashes === 1 ? "1 lost worker" : `${crashes} lost workers`;
}

function span(value: number | null): string {
  const rest = Math.abs(value ?? 0);
  if (rest < 1) return `${Math.round(rest * 1_000)} ms`;
  if (rest < 120) return `${Math.round(rest)} s`;
  if (rest < 7_200) return `${Math.round(rest / 60)} min`;
  return rest < 172_800 ? `${Math.round(rest / 3_600)} h` : `${Math.round(rest / 86_400)} days`;
}
