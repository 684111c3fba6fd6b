import type { TestApp } from "../../api/testing/app.ts";
import type { JobTry } from "../../db/domain/job-tries.ts";
import { count, noTally } from "../../db/domain/tally.ts";
import {
  outbox,
  outboxDone,
  queueSettings,
  queueTallies,
  shareSettings,
  workers,
} from "../../db/schema/jobs.ts";
import { idAt } from "./seed-ids.ts";
import { hostile } from "./seed-texts.ts";

export type SeedJobs = { jobId: string; runningJobId: string; retryJobId: string; deadJobId: string };

const openJobs = 1_200;
const deadJobs = 640;
const doneJobs = 2_000;
const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000);

/** The queues of a busy installation: thousands of jobs in every state, with what happened to them. */
export async function seedJobs(
  t: TestApp,
  {
    organizationId,
    projectId,
    executionId,
    workerId,
  }: Record<"organizationId" | "projectId" | "executionId" | "workerId", string>,
): Promise<SeedJobs> {
  const { orm } = t.deps.db;
  const worker = {
    host: "build-7.internal",
    version: "0.1.0",
    browsers: ["chromium"],
    slots: 4,
    pid: 4711,
  };
  const figures = { memoryBytes: 8e9, memoryFreeBytes: 3.4e9, load: 0.42, processed: 1_204, failed: 31 };
  await orm.insert(workers).values([
    { id: workerId, name: "worker-1", ...worker, ...figures },
    { id: idAt(new Date()), name: "worker-2", ...worker, ...figures, mode: "draining" },
    {
      ...{ id: idAt(new Date()), name: "worker-4", ...worker, ...figures, faults: 5, mode: "quarantined" },
      modeReason: `3 attempts in a row ended by an error of this machine; the last: ${hostile}`,
    },
    { id: idAt(new Date()), name: "worker-3", ...worker, seenAt: ago(7_200), startedAt: ago(32_400) },
  ]);
  const [lost, failed] = earlierTries(workerId);
  const base = {
    kind: "execution",
    queue: "browser",
    priority: 100,
    organizationId,
    key: `execution:${projectId}`,
  } as const;
  const [jobId, runningJobId, retryJobId] = [idAt(ago(12)), idAt(ago(40)), idAt(ago(320))];
  const held = { workerId, leaseToken: idAt(new Date()), leaseUntil: ago(-12) };
  await orm.insert(outbox).values([
    {
      ...base,
      id: jobId,
      state: "ready",
      payload: { executionId },
      uniqueKey: executionId,
      createdAt: ago(12),
      runAt: ago(12),
    },
    ...[runningJobId, idAt(ago(38))].map((id, index) => ({
      ...base,
      ...held,
      id,
      state: "running" as const,
      attempt: 3,
      failures: 1,
      crashes: 1,
      payload: { executionId: idAt(ago(41)) },
      history: index === 0 ? [lost, failed] : null,
      createdAt: ago(320),
      runAt: ago(264),
      claimedAt: ago(9),
    })),
    {
      ...base,
      id: retryJobId,
      state: "scheduled",
      attempt: 2,
      failures: 1,
      crashes: 1,
      lastError: failed.error,
      history: [lost, failed],
      payload: { executionId: idAt(ago(330)) },
      createdAt: ago(320),
      runAt: ago(-20),
    },
    ...Array.from({ length: openJobs }, (_, index) => ({
      ...base,
      id: idAt(ago(60 + index)),
      state: "ready" as const,
      payload: { executionId: idAt(ago(60 + index)) },
      createdAt: ago(60 + index),
      runAt: ago(60 + index),
    })),
  ]);
  const deadJobId = await seedEnded(t, { ...base, workerId }, [lost, failed]);
  await orm
    .insert(queueSettings)
    .values({ queue: "light", slots: 6, changedBy: "root@example.com", reason: hostile });
  const said = { weight: 3, rateJobs: 60, rateMs: 60_000, changedBy: "root@example.com" };
  await orm.insert(shareSettings).values({ key: base.key, projectId, ...said });
  await seedTallies(t);
  return { jobId, runningJobId, retryJobId, deadJobId };
}

function earlierTries(workerId: string): [JobTry, JobTry] {
  const lost: JobTry = {
    attempt: 1,
    how: "lost",
    claimedAt: ago(310).toISOString(),
    endedAt: ago(290).toISOString(),
    workerId: idAt(ago(4_000)),
    worker: "worker-0",
    fence: "5f0c91d2",
    error:
      "lost with worker worker-0 on build-3.internal (process 812), its connection ended 2026-11-21T02:11:09Z",
  };
  const failed: JobTry = {
    ...lost,
    attempt: 2,
    how: "failed",
    claimedAt: ago(280).toISOString(),
    endedAt: ago(272).toISOString(),
    workerId,
    worker: "worker-1",
    error:
      "browser-start-failed: the browser did not start within 30 s: libnss3.so: cannot open shared object file",
  };
  return [lost, failed];
}

type Base = { kind: "execution"; priority: number; organizationId: string; key: string; workerId: string };

async function seedEnded(t: TestApp, base: Base, history: JobTry[]): Promise<string> {
  const { queue: _, ...job } = { queue: null, ...base };
  const errors = [
    "browser-start-failed: the browser did not start within 30 s",
    "evidence-lost: what the attempt did could not be written down: ENOSPC: no space left on device",
    hostile,
  ];
  const dead = Array.from({ length: deadJobs }, (_, index) => ({
    ...job,
    id: idAt(ago(400 + index * 9)),
    outcome: "dead" as const,
    payload: { executionId: idAt(ago(400 + index * 9)), token: "never shown" },
    attempt: 3,
    failures: 2,
    crashes: 1,
    interruptions: 0,
    error: errors[index % errors.length] ?? null,
    history,
    runAt: ago(380 + index * 9),
    createdAt: ago(400 + index * 9),
    claimedAt: ago(260),
    finishedAt: ago(255),
  }));
  const ended = Array.from({ length: doneJobs }, (_, index) => ({
    ...job,
    id: idAt(ago(500 + index * 11)),
    outcome: index % 40 === 0 ? ("cancelled" as const) : ("done" as const),
    payload: { executionId: idAt(ago(500 + index * 11)) },
    attempt: 1,
    failures: 0,
    crashes: 0,
    interruptions: 0,
    error: index % 40 === 0 ? "stopped by ada@example.com" : null,
    runAt: ago(500 + index * 11),
    createdAt: ago(500 + index * 11),
    claimedAt: ago(490 + index * 11),
    finishedAt: ago(480 + index * 11),
  }));
  for (const rows of [dead, ended]) {
    for (let start = 0; start < rows.length; start += 500) {
      await t.deps.db.orm.insert(outboxDone).values(rows.slice(start, start + 500));
    }
  }
  return dead[0]?.id ?? "";
}

/** A day with a quiet night, and lately some trouble. */
async function seedTallies(t: TestApp): Promise<void> {
  const rows = [5, 60, 900].flatMap((spanS) =>
    Array.from({ length: 96 }, (_, index) => {
      const at = new Date((Math.floor(Date.now() / 1_000 / spanS) - index) * spanS * 1_000);
      const busy = Math.max(0, Math.sin((index / 96) * 7) + 0.3) * spanS * 2;
      return (["execution", "housekeeping"] as const).map((kind) => {
        const tally = noTally();
        const share = kind === "execution" ? 1 : 0.05;
        tally.finished = Math.round(busy * share);
        tally.failed = index < 12 ? Math.round(busy * share * 0.2) : 0;
        tally.started = Math.round((tally.finished + tally.failed) * (1 + 0.2 * Math.cos(index)));
        for (let n = 0; n < tally.started; n++) {
          count(tally.waits, 40 + ((n * 733) % 9_000));
          count(tally.runs, 900 + ((n * 977) % 14_000));
        }
        return { spanS, at, kind, ...tally };
      });
    }).flat(),
  );
  await t.deps.db.orm.insert(queueTallies).values(rows);
}
