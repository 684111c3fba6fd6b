import type { BlobStore } from "../db/blobs.ts";
import { messageOf } from "../db/domain/errors.ts";
import { limits } from "../db/domain/limits.ts";
import type { BaselineAnswer, BaselineQuestion } from "../db/domain/snapshots.ts";
import type { AttemptStart } from "../db/services/attempts.ts";
import type { Ctx } from "../db/services/context.ts";
import { baselineOf } from "../db/services/snapshot-results.ts";
import { withDatabase } from "./database-retry.ts";
import type { HeldJob } from "./held-job.ts";

type Where = { ctx: Ctx; held: HeldJob; start: AttemptStart; blobs: BlobStore };

/** The picture that an attempt asks for, read for its thread, which has neither database nor storage. Never rejects. */
export async function answerBaseline(
  { ctx, held, start, blobs }: Where,
  question: BaselineQuestion,
): Promise<BaselineAnswer> {
  const { branch } = start.snapshots;
  try {
    const row = await withDatabase(held.lostSignal, () => baselineOf(ctx, start.snapshots, question));
    if (!row) return { state: "none", branch };
    const bytes = await bytesOf(blobs, row.storageKey);
    if (!bytes) return { state: "unavailable", reason: "the storage does not have it any more" };
    return { state: "found", branch: row.branch, baselineId: row.id, bytes };
  } catch (error) {
    return { state: "unavailable", reason: messageOf(error) };
  }
}

async function bytesOf(blobs: BlobStore, key: string): Promise<Uint8Array | null> {
  const blob = await blobs.get(key);
  if (!blob) return null;
  if (blob.sizeBytes > limits.artifactBytesMax) {
    await blob.stream.cancel();
    throw new Error(`it has ${blob.sizeBytes} bytes, more than ${limits.artifactBytesMax}`);
  }
  return new Uint8Array(
    await new Response(blob.stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer(),
  );
}
