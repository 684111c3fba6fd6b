import { and, desc, eq, inArray, isNull, lt } from "drizzle-orm";
import { executions } from "../schema/runs.ts";
import type { TxCtx } from "./context.ts";
import type { ExecutionRow } from "./run-rows.ts";

/** How far back is looked for a passed execution. */
const lookBackMax = 200;

/**
 * The last execution of the same case before this one that passed: in the same browser, on the same screen and in the same environment when `alike`, in any
 * otherwise. Null when there is none among the last 200.
 */
export async function lastGreen(
  { tx }: TxCtx,
  execution: ExecutionRow,
  { alike }: { alike: boolean },
): Promise<ExecutionRow | null> {
  // Read as it stands, and not by its ids: a plan without figures would look for those from the newest of all projects on.
  const earlier = tx
    .select()
    .from(executions)
    .where(and(eq(executions.testCaseId, execution.testCaseId), lt(executions.id, execution.id)))
    .orderBy(desc(executions.id))
    .limit(lookBackMax)
    .as("earlier");
  const environment =
    execution.environmentId === null
      ? isNull(earlier.environmentId)
      : eq(earlier.environmentId, execution.environmentId);
  const [row] = await tx
    .select()
    .from(earlier)
    .where(
      and(
        inArray(earlier.status, ["passed", "flaky"]),
        alike
          ? and(eq(earlier.browser, execution.browser), eq(earlier.viewport, execution.viewport), environment)
          : undefined,
      ),
    )
    .orderBy(desc(earlier.id))
    .limit(1);
  return row ?? null;
}
