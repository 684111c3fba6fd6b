import type { ArtifactKind } from "../domain/events.ts";
import type { Ctx } from "./context.ts";
import { getArtifact, listArtifacts } from "./executions.ts";

/** Where contents are read from; `db/blobs.ts` has them. */
export type BlobReader = { get(key: string): Promise<{ stream: ReadableStream<Uint8Array> } | null> };

/** More is not taken apart for a page. */
const charsMax = 24_000_000;

/**
 * The text of the only file of a kind that an attempt has, unpacked where it is compressed.
 * @returns null when there is none, when it is lost or too large, or when the store does not have it now
 */
export async function textOfKind(
  ctx: Ctx,
  blobs: BlobReader,
  { executionId, attempt, kind }: { executionId: string; attempt: number; kind: ArtifactKind },
): Promise<string | null> {
  const { items } = await listArtifacts(ctx, executionId, { attempt, kind, limit: 1 });
  const file = items[0];
  if (!file || file.lostReason !== null) return null;
  const { storageKey } = await getArtifact(ctx, file.id);
  try {
    const blob = await blobs.get(storageKey);
    return blob && (await textOf(blob.stream, file.contentType === "application/gzip"));
  } catch {
    // What is more than a page needs must not take the page away: the file says itself that it can't be read.
    return null;
  }
}

async function textOf(stream: ReadableStream<Uint8Array>, isPacked: boolean): Promise<string | null> {
  const bytes = stream as ReadableStream<Uint8Array<ArrayBuffer>>;
  const plain = isPacked ? bytes.pipeThrough(new DecompressionStream("gzip")) : bytes;
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let chars = 0;
  for await (const chunk of plain) {
    const text = decoder.decode(chunk, { stream: true });
    chars += text.length;
    if (chars > charsMax) return null;
    parts.push(text);
  }
  return parts.join("") + decoder.decode();
}
