import { createHash, randomUUID } from "node:crypto";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { BlobDriver } from "../blobs.ts";
import { OutsideFault } from "../outside-calls/outage.ts";
import { segmentsOf } from "./keys.ts";

export type S3Options = {
  /** Null: AWS. */
  endpoint: string | null;
  bucket: string;
  region: string;
  /** Null: the instance's own identity. */
  credentials: { accessKeyId: string; secretAccessKey: string } | null;
};

const connectTimeoutMs = 3_000;
/** Said with status 400, and about the way there: what came was not what was sent, or came too slowly. */
const spoiltOnTheWay = new Set([
  "BadDigest",
  "XAmzContentSHA256Mismatch",
  "IncompleteBody",
  "RequestTimeout",
]);

/** Objects in a bucket of S3 or of a store that speaks its protocol. */
export function openS3Blobs({ endpoint, bucket, region, credentials }: S3Options): BlobDriver {
  const client = new S3Client({
    region,
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    ...(credentials ? { credentials } : {}),
    // Not every store knows the newer checksums that the client would add by itself.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // How often and how long it is tried is for `OutsideCalls`; the signal of each try ends its request.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: connectTimeoutMs },
  });
  const at = (key: string) => ({ Bucket: bucket, Key: segmentsOf(key).join("/") });
  const store: BlobDriver = {
    async put(key, bytes, { contentType, sha256 }, abortSignal) {
      const sent = client.send(
        new PutObjectCommand({
          ...at(key),
          Body: bytes,
          ContentType: contentType,
          ContentLength: bytes.byteLength,
          // Every store knows this one, and refuses what was changed on the way.
          ContentMD5: createHash("md5").update(bytes).digest("base64"),
          Metadata: { sha256 },
        }),
        { abortSignal },
      );
      await sent.catch((error: unknown) => {
        throw error instanceof S3ServiceException && spoiltOnTheWay.has(error.name)
          ? new OutsideFault(`the store refused ${key}: ${error.name}`, { cause: error })
          : error;
      });
      const kept = await unless404(client.send(new HeadObjectCommand(at(key)), { abortSignal }));
      if (kept?.ContentLength !== bytes.byteLength || kept.Metadata?.sha256 !== sha256) {
        const found = kept ? `${kept.ContentLength} bytes with ${kept.Metadata?.sha256}` : "nothing";
        throw new OutsideFault(
          `the store has ${found} at ${key} instead of ${bytes.byteLength} bytes with ${sha256}`,
        );
      }
    },
    async get(key, abortSignal) {
      const object = await unless404(client.send(new GetObjectCommand(at(key)), { abortSignal }));
      if (!object?.Body) return null;
      return {
        stream: object.Body.transformToWebStream() as ReadableStream<Uint8Array>,
        sizeBytes: object.ContentLength ?? 0,
        contentType: object.ContentType ?? "application/octet-stream",
        sha256: object.Metadata?.sha256 ?? null,
      };
    },
    async delete(key, abortSignal) {
      await client.send(new DeleteObjectCommand(at(key)), { abortSignal });
    },
    async putAt(key, abortSignal) {
      const head = await unless404(client.send(new HeadObjectCommand(at(key)), { abortSignal }));
      return head === null ? null : head.LastModified?.getTime();
    },
    async check(signal) {
      const key = `check/${randomUUID()}`;
      const facts = { contentType: "application/octet-stream", sha256: "none" };
      await store.put(key, new Uint8Array([1]), facts, signal);
      await store.delete(key, signal);
    },
    close: () => client.destroy(),
  };
  return store;
}

async function unless404<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return null;
    throw error;
  }
}
