import type { Failure } from "../domain/events.ts";
import type { ExecutionStatus } from "../domain/states.ts";
import type { TxCtx } from "./context.ts";
export type ExecutionMove = {
  executionId: string;
  from: ExecutionStatus;
  to: ExecutionStatus;
  /** Set on the execution together with the status when given. */
  attempt?: number;
  failure?: Failure | null;
  /** Default `ctx.now()`. */
  at?: Date;
};
/** Null: the execution is not in `from` (any more) and nothing was changed. */
export declare function moveExecution(
  ctx: TxCtx,
  move: ExecutionMove,
): Promise<{ runId: string; projectId: string } | null>;
