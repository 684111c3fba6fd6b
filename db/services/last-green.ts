import { and, desc, eq, inArray, isNull, lt } from "drizzle-orm";
import { executions } from "../schema/runs.ts";
import type { TxCtx } from "./context.ts";
import type { ExecutionRow } from "./run-rows.ts";

/** How far back is looked for a passed execution. */
const lookBackMax = 200;

/**
 * The last execution of the same case before this one that passed: in the same browser and environment when `alike`, in any
 * otherwise. Null when there is none among the last 200.
 */
export async function lastGreen(
  { tx }: TxCtx,
  execution: ExecutionRow,
  { alike }: { alike: boolean },
): Promise<ExecutionRow | null> {
  const earlier = tx
    .select({ id: executions.id })
    .from(executions)
    .where(and(eq(executions.testCaseId, execution.testCaseId), lt(executions.id, execution.id)))
    .orderBy(desc(executions.id))
    .limit(lookBackMax);
  const environment =
    execution.environmentId === null
      ? isNull(executions.environmentId)
      : eq(executions.environmentId, execution.environmentId);
  const [row] = await tx
    .select()
    .from(executions)
    .where(
      and(
        inArray(executions.id, earlier),
        inArray(executions.status, ["passed", "flaky"]),
        alike ? and(eq(executions.browser, execution.browser), environment) : undefined,
      ),
    )
    .orderBy(desc(executions.id))
    .limit(1);
  return row ?? null;
}
