import { asc, eq } from "drizzle-orm";
import type { AttemptStatus } from "../domain/states.ts";
import { workers } from "../schema/jobs.ts";
import { attempts, executions } from "../schema/runs.ts";
import { type Ctx, transaction } from "./context.ts";
import { loadRun } from "./run-rows.ts";
import { iso, isoOrNull } from "./times.ts";

/** One attempt on the time line of a run. */
export type LaneAttempt = {
  executionId: string;
  testCaseName: string;
  number: number;
  status: AttemptStatus;
  startedAt: string;
  finishedAt: string | null;
};

/** What one worker did of a run, in the order in which it began; `name` is null when it is not known any more. */
export type WorkerLane = { workerId: string | null; name: string | null; attempts: LaneAttempt[] };

const attemptsMax = 2_000;

/** The attempts of a run by the worker that carried them out; `cut` when there were more than 2,000. */
export async function listRunLanes(ctx: Ctx, runId: string): Promise<{ lanes: WorkerLane[]; cut: boolean }> {
  return transaction(ctx, async (ctx) => {
    const { row: run } = await loadRun(ctx, runId, "run.read");
    const rows = await ctx.tx
      .select({ attempt: attempts, testCaseName: executions.testCaseName, name: workers.name })
      .from(executions)
      .innerJoin(attempts, eq(attempts.executionId, executions.id))
      .leftJoin(workers, eq(workers.id, attempts.workerId))
      .where(eq(executions.runId, run.id))
      .orderBy(asc(attempts.startedAt), asc(attempts.executionId))
      .limit(attemptsMax + 1);
    const lanes = new Map<string | null, WorkerLane>();
    for (const { attempt, testCaseName, name } of rows.slice(0, attemptsMax)) {
      const lane = lanes.get(attempt.workerId) ?? { workerId: attempt.workerId, name, attempts: [] };
      const { executionId, number, status } = attempt;
      const times = { startedAt: iso(attempt.startedAt), finishedAt: isoOrNull(attempt.finishedAt) };
      lane.attempts.push({ executionId, testCaseName, number, status, ...times });
      lanes.set(attempt.workerId, lane);
    }
    return { lanes: [...lanes.values()], cut: rows.length > attemptsMax };
  });
}
