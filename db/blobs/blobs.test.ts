import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { missingReason } from "../../ops/testing/programs.ts";
import { startS3 } from "../../ops/testing/s3.ts";
import { artifactKey, type BlobOptions, type BlobStore, openBlobs } from "../blobs.ts";

const directory = mkdtempSync(join(tmpdir(), "verdict-blobs-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const { S3_ENDPOINT, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, S3_REGION } = process.env;
/** The one that the environment names, or a real server of our own. */
async function s3(): Promise<{ options: BlobOptions; stop(): Promise<void> }> {
  if (!S3_ENDPOINT) return startS3();
  const options: BlobOptions = {
    kind: "s3",
    endpoint: S3_ENDPOINT,
    bucket: S3_BUCKET ?? "",
    region: S3_REGION ?? "us-east-1",
    credentials: { accessKeyId: S3_ACCESS_KEY_ID ?? "", secretAccessKey: S3_SECRET_ACCESS_KEY ?? "" },
  };
  return { options, stop: async () => undefined };
}

const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const newKey = () => artifactKey({ organizationId: randomUUID() }, randomBytes(32).toString("hex"));

function suite(
  name: string,
  start: () => Promise<{ options: BlobOptions; stop(): Promise<void> }>,
  skip: string | false,
): void {
  describe(name, { skip }, () => {
    let store: BlobStore;
    let stop: () => Promise<void>;
    before(async () => {
      const started = await start();
      stop = started.stop;
      store = openBlobs(started.options);
    });
    after(async () => {
      store?.close();
      await stop?.();
    });

    const put = async (bytes: Uint8Array, key = newKey()) => {
      await store.put(key, bytes, { contentType: "image/png", sha256: hashOf(bytes) });
      return key;
    };
    const bytesOf = async (key: string) => {
      const object = await store.get(key);
      return object && new Uint8Array(await new Response(object.stream).arrayBuffer());
    };

    test("what was put is got back byte for byte, with its size and type", async () => {
      const bytes = randomBytes(300_000);
      const key = await put(bytes);
      const object = await store.get(key);
      assert.equal(object?.sizeBytes, bytes.byteLength);
      assert.equal(object?.contentType, "image/png");
      assert.equal(hashOf(new Uint8Array(await new Response(object?.stream).arrayBuffer())), hashOf(bytes));
      await store.delete(key);
    });

    test("the same may be put again, and an empty object is one", async () => {
      const key = await put(new Uint8Array());
      await put(new Uint8Array(), key);
      assert.deepEqual(await bytesOf(key), new Uint8Array());
      await store.delete(key);
    });

    test("what was put lately is not deleted as unused, what is older is", async () => {
      const key = await put(randomBytes(10));
      // Stores say whole seconds.
      assert.equal(await store.deleteUnlessPutSince(key, Date.now() - 60_000), false);
      assert.ok(await bytesOf(key));
      assert.equal(await store.deleteUnlessPutSince(key, Date.now() + 60_000), true);
      assert.equal(await store.get(key), null);
      assert.equal(await store.deleteUnlessPutSince(key, 0), true);
    });

    test("what does not exist is null, and deleting it is no error", async () => {
      const key = newKey();
      assert.equal(await store.get(key), null);
      await store.delete(key);
      const known = await put(randomBytes(10));
      await store.delete(known);
      assert.equal(await store.get(known), null);
    });

    test("a key that could leave the store is refused by every operation", async () => {
      for (const key of ["../x", "a/../b", "/a", "a//b", "a/", ".hidden", "a\\..\\b", "a\0b", "A", ""]) {
        await assert.rejects(put(new Uint8Array([1]), key), /is not a storage key/, JSON.stringify(key));
        await assert.rejects(async () => store.get(key), /is not a storage key/);
        await assert.rejects(async () => store.delete(key), /is not a storage key/);
      }
    });

    test("the check passes and leaves nothing", async () => {
      await store.check();
      if (name === "files") assert.deepEqual(readdirSync(join(directory, "check")), []);
    });

    test("bytes that are not those of their checksum are found out when they are read", async () => {
      const key = newKey();
      const bytes = randomBytes(1_000);
      await store.put(key, bytes, { contentType: "image/png", sha256: hashOf(randomBytes(1)) });
      await assert.rejects(bytesOf(key), /the checksum is wrong/);
      await store.delete(key);
    });
  });
}

suite("files", async () => ({ options: { kind: "file", directory }, stop: async () => undefined }), false);
suite("s3", s3, !S3_ENDPOINT && missingReason("radosgw"));

test("a put that can't be written says so and leaves no part of it", async () => {
  const store = openBlobs({ kind: "file", directory: "/dev/null/blobs" });
  await assert.rejects(store.check(), /ENOTDIR|EEXIST/);
  assert.equal(existsSync("/dev/null/blobs"), false);
});
