import { randomUUID } from "node:crypto";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { BlobStore } from "../blobs.ts";
import { segmentsOf } from "./keys.ts";

export type S3Options = {
  /** Null: AWS. */
  endpoint: string | null;
  bucket: string;
  region: string;
  /** Null: the instance's own identity. */
  credentials: { accessKeyId: string; secretAccessKey: string } | null;
};

/** How long connecting and waiting for an answer may take; the client tries three times. */
const connectTimeoutMs = 5_000;
const answerTimeoutMs = 30_000;

/** Objects in a bucket of S3 or of a store that speaks its protocol. */
export function openS3Blobs({ endpoint, bucket, region, credentials }: S3Options): BlobStore {
  const client = new S3Client({
    region,
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    ...(credentials ? { credentials } : {}),
    // Not every store knows the newer checksums that the client would add by itself.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { connectionTimeout: connectTimeoutMs, requestTimeout: answerTimeoutMs },
  });
  const at = (key: string) => ({ Bucket: bucket, Key: segmentsOf(key).join("/") });
  const store: BlobStore = {
    async put(key, bytes, { contentType, sha256 }) {
      await client.send(
        new PutObjectCommand({
          ...at(key),
          Body: bytes,
          ContentType: contentType,
          ContentLength: bytes.byteLength,
          Metadata: { sha256 },
        }),
      );
      const head = await client.send(new HeadObjectCommand(at(key)));
      if (head.ContentLength !== bytes.byteLength || head.Metadata?.sha256 !== sha256) {
        throw new Error(`the store has ${head.ContentLength} bytes of ${key} instead of ${bytes.byteLength}`);
      }
    },
    async get(key) {
      try {
        const object = await client.send(new GetObjectCommand(at(key)));
        if (!object.Body) return null;
        return {
          stream: object.Body.transformToWebStream() as ReadableStream<Uint8Array>,
          sizeBytes: object.ContentLength ?? 0,
          contentType: object.ContentType ?? "application/octet-stream",
        };
      } catch (error) {
        if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return null;
        throw error;
      }
    },
    async delete(key) {
      await client.send(new DeleteObjectCommand(at(key)));
    },
    async check() {
      const key = `check/${randomUUID()}`;
      await store.put(key, new Uint8Array([1]), { contentType: "application/octet-stream", sha256: "none" });
      await store.delete(key);
    },
    close: () => client.destroy(),
  };
  return store;
}
