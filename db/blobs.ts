import { openFileBlobs } from "./blobs/files.ts";
import { openS3Blobs, type S3Options } from "./blobs/s3.ts";
import { trustedStream } from "./blobs/trusted-stream.ts";
import { type OutsideCall, OutsideCalls } from "./outside-calls.ts";

export type BlobFacts = { contentType: string; sha256: string };
export type Blob = { stream: ReadableStream<Uint8Array>; sizeBytes: number; contentType: string };

/** Where artifacts are kept. Keys are made by us and never by a client; a stored object never changes. */
export type BlobStore = {
  /**
   * Resolves when the object is durable and verified. May be repeated with the same bytes.
   * @throws AppError `unavailable` when the store is away, too slow or not to be believed.
   */
  put(key: string, bytes: Uint8Array, facts: BlobFacts, signal?: AbortSignal): Promise<void>;
  /**
   * Null when there is no such object. The stream must be read or cancelled; it fails at its end when the bytes are not
   * those that were put.
   */
  get(key: string): Promise<Blob | null>;
  /** Without effect when there is no such object. */
  delete(key: string): Promise<void>;
  /**
   * Deletes an object unless it was put after that time (ms since 1970), or nobody can say when: whoever puts one names it only
   * afterwards. Of one that is put again in the same moment nothing can be said, so the time is to be long ago.
   * @returns whether there is no such object any more
   */
  deleteUnlessPutSince(key: string, since: number): Promise<boolean>;
  /** Whether objects can be written and read now. @throws with what is wrong. */
  check(): Promise<void>;
  close(): void;
};

/** A store as it speaks: each call is one try and ends when its signal aborts. */
export type BlobDriver = {
  put(key: string, bytes: Uint8Array, facts: BlobFacts, signal: AbortSignal): Promise<void>;
  get(key: string, signal: AbortSignal): Promise<(Blob & { sha256: string | null }) | null>;
  delete(key: string, signal: AbortSignal): Promise<void>;
  /** When an object was last put; null when there is none, `undefined` when the store does not say. */
  putAt(key: string, signal: AbortSignal): Promise<number | null | undefined>;
  check(signal: AbortSignal): Promise<void>;
  close(): void;
};

export type BlobOptions = { kind: "file"; directory: string } | ({ kind: "s3" } & S3Options);

/** A link that is slower than this counts as broken. */
const bytesPerMsMin = 1_000;

/**
 * Opens lazily: whether it works is for `check` to say.
 * @param call the way out to the storage; of its own when the process has no figures to share
 */
export function openBlobs(
  options: BlobOptions,
  call: OutsideCall = new OutsideCalls().to("storage"),
): BlobStore {
  const driver = options.kind === "file" ? openFileBlobs(options.directory) : openS3Blobs(options);
  return {
    put: (key, bytes, facts, signal) =>
      call((trying) => driver.put(key, bytes, facts, trying), {
        repeat: true,
        extraMs: bytes.byteLength / bytesPerMsMin,
        signal,
      }),
    async get(key) {
      const object = await call((trying) => driver.get(key, trying), { repeat: true });
      if (!object) return null;
      const { sha256, ...blob } = object;
      return { ...blob, stream: trustedStream(blob.stream, { sizeBytes: blob.sizeBytes, sha256 }) };
    },
    delete: (key) => call((trying) => driver.delete(key, trying), { repeat: true }),
    async deleteUnlessPutSince(key, since) {
      const putAt = await call((trying) => driver.putAt(key, trying), { repeat: true });
      if (putAt === null) return true;
      if (putAt === undefined || putAt >= since) return false;
      await call((trying) => driver.delete(key, trying), { repeat: true });
      return true;
    },
    check: () => call((trying) => driver.check(trying), { repeat: false }),
    close: () => driver.close(),
  };
}

/**
 * The key of an artifact's content: what an organization has twice is stored once. An object may belong to many rows, so whoever
 * removes one asks first whether any row still names it.
 */
export function artifactKey({ organizationId }: { organizationId: string }, sha256: string): string {
  return `${organizationId}/content/${sha256.slice(0, 2)}/${sha256}`;
}
