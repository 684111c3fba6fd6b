import { type OutlineDifference, outlineDifference, outlineOf } from "../domain/document-outline.ts";
import { documentAt } from "../domain/recorded-document.ts";
import { type BlobReader, textOfKind } from "./artifact-content.ts";
import type { Ctx } from "./context.ts";

/** A moment of an attempt: epoch milliseconds of its own recording. */
export type Moment = { executionId: string; attempt: number; at: number };

/** The difference of two documents; `none`: why they can't be compared. */
export type DocumentDifference = { difference: OutlineDifference } | { none: "here" | "base" };

/** Compares what two attempts showed at a moment each, from their recordings. @throws AppError `not-found` */
export async function compareDocuments(
  ctx: Ctx,
  blobs: BlobReader,
  here: Moment,
  base: Moment,
): Promise<DocumentDifference> {
  const mine = await outlineAt(ctx, blobs, here);
  if (mine === null) return { none: "here" };
  const theirs = await outlineAt(ctx, blobs, base);
  return theirs === null ? { none: "base" } : { difference: outlineDifference(theirs, mine) };
}

/** What an attempt showed at a moment, as lines; null where no recording has it. @throws AppError `not-found` */
export async function outlineAt(ctx: Ctx, blobs: BlobReader, moment: Moment): Promise<string[] | null> {
  const recording = await textOfKind(ctx, blobs, { ...moment, kind: "replay" });
  const document = recording === null ? null : documentAt(recording, moment.at);
  return document && outlineOf(document);
}
