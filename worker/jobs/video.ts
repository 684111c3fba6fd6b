import { createHash } from "node:crypto";
import { artifactKey, type BlobStore } from "../../db/blobs.ts";
import { chaptersOf, webVttOf } from "../../db/domain/captions.ts";
import { readFilm } from "../../db/domain/film.ts";
import { newId } from "../../db/domain/ids.ts";
import type { NewArtifact } from "../../db/services/attempts.ts";
import { type FilmToMake, filmToMake, recordFilm } from "../../db/services/films.ts";
import type { JobHandler } from "../job-handler.ts";
import { Permanent } from "../verdicts.ts";
import type { Encoded } from "../video-encoder.ts";

/**
 * Makes a film of the pictures of an attempt that has ended, or is about to: captions in any case, the WebM where this worker has
 * ffmpeg. What it can't make is written down with the reason, and the pictures stay to be played.
 */
export const video: JobHandler<"video"> = {
  async run({ blobs, ctx, encoder, log }, held, { artifactId }) {
    const own = ctx(held.job.organizationId);
    const wanted = await filmToMake(own, artifactId);
    if (!wanted) return { result: { film: "none: its pictures are gone" } };
    const film = readFilm(await contentOf(blobs, wanted.storageKey));
    if (!film) throw new Permanent("the pictures of the film can't be read");
    const startsAt = film.frames[0]?.at ?? 0;
    const chapters = chaptersOf(wanted.events, { startsAt, endsAt: film.endsAt });
    const encoded = await encoder.encode(film, chapters, held.signal);
    const made = [
      await stored(blobs, wanted, { ...captions, bytes: new TextEncoder().encode(webVttOf(chapters)) }),
      "reason" in encoded ? lost(wanted, encoded) : await stored(blobs, wanted, { ...webm, ...encoded }),
    ];
    const unnamed = await recordFilm(own, held.job, wanted, made);
    for (const key of unnamed ?? []) await blobs.delete(key).catch((error: unknown) => forgotten(error));
    const result =
      "reason" in encoded ? { film: encoded.reason } : { film: `${encoded.bytes.byteLength} bytes` };
    log.info({ event: "film", executionId: wanted.executionId, frames: film.frames.length, ...result });
    return { result };

    /** It costs room and nothing else. */
    function forgotten(error: unknown): void {
      log.warn({ event: "frames-left", executionId: wanted?.executionId, error });
    }
  },
};

type File = Pick<NewArtifact, "kind" | "name" | "contentType" | "width" | "height">;

const captions: File = {
  kind: "captions",
  name: "film.vtt",
  contentType: "text/vtt",
  width: null,
  height: null,
};
const webm: File = { kind: "video", name: "film.webm", contentType: "video/webm", width: null, height: null };

async function contentOf(blobs: BlobStore, key: string): Promise<Uint8Array> {
  const blob = await blobs.get(key);
  if (!blob) throw new Permanent("the pictures of the film are not in the storage");
  return new Uint8Array(await new Response(blob.stream).arrayBuffer());
}

async function stored(
  blobs: BlobStore,
  film: FilmToMake,
  { bytes, ...file }: File & { bytes: Uint8Array },
): Promise<NewArtifact> {
  const facts = factsOf(film, bytes);
  await blobs.put(facts.storageKey, bytes, { contentType: file.contentType, sha256: facts.sha256 });
  return { ...file, ...facts };
}

function lost(film: FilmToMake, { reason }: Extract<Encoded, { reason: string }>): NewArtifact {
  return { ...webm, ...factsOf(film, new Uint8Array()), lostReason: reason };
}

function factsOf(film: FilmToMake, bytes: Uint8Array) {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const place = { sha256, storageKey: artifactKey(film, sha256) };
  return { id: newId(), step: null, sizeBytes: bytes.byteLength, ...place };
}
