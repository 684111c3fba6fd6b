import { openFileBlobs } from "./blobs/files.ts";
import { openS3Blobs, type S3Options } from "./blobs/s3.ts";

/** Where artifacts are kept. Keys are made by us and never by a client; a stored object never changes. */
export type BlobStore = {
  /** Resolves when the object is durable and verified. May be repeated with the same bytes. */
  put(key: string, bytes: Uint8Array, facts: { contentType: string; sha256: string }): Promise<void>;
  /** Null when there is no such object. The stream must be read or cancelled. */
  get(
    key: string,
  ): Promise<{ stream: ReadableStream<Uint8Array>; sizeBytes: number; contentType: string } | null>;
  /** Without effect when there is no such object. */
  delete(key: string): Promise<void>;
  /** Whether objects can be written and read now. @throws with what is wrong. */
  check(): Promise<void>;
  close(): void;
};

export type BlobOptions = { kind: "file"; directory: string } | ({ kind: "s3" } & S3Options);

/** Opens lazily: whether it works is for `check` to say. */
export function openBlobs(options: BlobOptions): BlobStore {
  return options.kind === "file" ? openFileBlobs(options.directory) : openS3Blobs(options);
}

/** The key of an execution's artifact; the tail of the id spreads executions evenly over 256 folders. */
export function artifactKey(
  ref: { organizationId: string; executionId: string },
  artifactId: string,
): string {
  return `${ref.organizationId}/${ref.executionId.slice(-2)}/${ref.executionId}/${artifactId}`;
}
