import type { ExecutionComparison } from "../db/domain/comparison.ts";
import { pathOfShown } from "../db/domain/step-tree.ts";
import type { BlobReader } from "../db/services/artifact-content.ts";
import { compareExecutions } from "../db/services/comparison.ts";
import type { Ctx } from "../db/services/context.ts";
import { compareDocuments, type DocumentDifference } from "../db/services/document-comparison.ts";
import { surroundings } from "../db/services/evidence.ts";
import type { ViewQuery } from "./execution-query.ts";

/** One step of an execution beside the same step of the execution that passed last. */
export type Difference = {
  comparison: ExecutionComparison;
  /** The row of the step; -1 when the other one has nothing like it. */
  row: number;
  documents: DocumentDifference | null;
};

/** Null when it has not passed before, or there is no such step. */
export async function loadDifference(
  ctx: Ctx,
  blobs: BlobReader,
  id: string,
  { step, attempt }: ViewQuery,
): Promise<Difference | null> {
  const { lastPassed } = await surroundings(ctx, id);
  if (!lastPassed) return null;
  const comparison = await compareExecutions(ctx, id, lastPassed.id, attempt);
  const wanted = step === null ? null : pathOfShown(step);
  const row = comparison.steps.findIndex(({ here }) => here !== null && here.path === wanted);
  return { comparison, row, documents: await documentsOf(ctx, blobs, comparison, row, attempt) };
}

/** What the pages said when the step of a row had ended; null where one of both has not run it. */
export async function documentsOf(
  ctx: Ctx,
  blobs: BlobReader,
  { execution, base, steps }: ExecutionComparison,
  row: number,
  attempt: number | null,
): Promise<DocumentDifference | null> {
  const at = { here: steps[row]?.here?.endedAt, base: steps[row]?.base?.endedAt };
  if (!base || !at.here || !at.base) return null;
  return compareDocuments(
    ctx,
    blobs,
    { executionId: execution.id, attempt: attempt ?? execution.attempt, at: Date.parse(at.here) },
    { executionId: base.id, attempt: base.attempt, at: Date.parse(at.base) },
  );
}
