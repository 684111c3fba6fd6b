import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type BlobStore, openBlobs } from "../blobs.ts";
import { policies } from "../outside-calls/policies.ts";
import { OutsideCalls } from "../outside-calls.ts";
import { type FaultyStore, startFaultyStore } from "../testing/faulty-store.ts";
import { trustedStream } from "./trusted-stream.ts";

let server: FaultyStore;
let calls: OutsideCalls;
let store: BlobStore;
beforeEach(async () => {
  server = await startFaultyStore();
  const storage = { ...policies.storage, pauseMs: 1, pauseMsMax: 5, openMs: 50, openMsMax: 50 };
  calls = new OutsideCalls({ policies: { storage } });
  store = openBlobs(server.options, calls.to("storage"));
});
afterEach(async () => {
  store.close();
  await server.down();
});

const bytes = randomBytes(10_000);
const sha256 = createHash("sha256").update(bytes).digest("hex");
const facts = { contentType: "image/png", sha256 };
const key = () => `a/${randomUUID()}`;
const put = async (at = key()) => {
  await store.put(at, bytes, facts);
  return at;
};
const read = async (at: string) =>
  new Uint8Array(await new Response((await store.get(at))?.stream).arrayBuffer());

describe("a store that lies", () => {
  for (const fault of ["forgets", "short-head", "other-checksum"] as const) {
    test(`about what it has kept (${fault}) is not believed: the put fails`, async () => {
      server.fault = fault;
      await assert.rejects(put(), { code: "unavailable" });
    });
  }

  test("once is asked again", async () => {
    server.fault = "other-checksum";
    server.faultsLeft = 2;
    const at = await put();
    assert.deepEqual(server.requests, ["PUT", "HEAD", "PUT", "HEAD"]);
    assert.deepEqual(await read(at), new Uint8Array(bytes));
  });

  for (const fault of ["cut-body", "other-bytes"] as const) {
    test(`about what it gives back (${fault}) is found out: the stream fails before its end`, async () => {
      const at = await put();
      server.fault = fault;
      await assert.rejects(read(at), /terminated|aborted|other bytes|instead of/);
      server.fault = "none";
      assert.deepEqual(await read(at), new Uint8Array(bytes));
    });
  }

  test("and one that stops in the middle of a file keeps nobody waiting for ever", async () => {
    const stuck = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(bytes) });
    const stream = trustedStream(stuck, { sizeBytes: 20_000, sha256 }, 50);
    await assert.rejects(new Response(stream).arrayBuffer(), /sent nothing for 50 ms/);
  });
});

describe("a store that is away", () => {
  test("for a moment costs nothing: what it did not take is sent again", async () => {
    for (const fault of ["busy", "reset", "other-digest"] as const) {
      server.fault = fault;
      server.faultsLeft = 2;
      assert.deepEqual(await read(await put()), new Uint8Array(bytes));
    }
  });

  test("is not asked any more, and used again without a restart when it is back", async () => {
    await server.down();
    await assert.rejects(put(), { code: "unavailable" });
    await assert.rejects(put(), { code: "unavailable" });
    assert.notEqual(calls.state("storage").breaker, "closed");
    await server.up();
    const end = performance.now() + 20_000;
    while (calls.state("storage").breaker !== "closed") {
      assert.ok(performance.now() < end, "it is used again within 20 s");
      await store.check().catch(() => undefined);
    }
    assert.deepEqual(await read(await put()), new Uint8Array(bytes));
  });

  test("and silent is given up: the request is aborted, for a put, a get and a check", async () => {
    const storage = { ...policies.storage, tryMs: 1_000, triesMax: 1 };
    const quick = openBlobs(server.options, new OutsideCalls({ policies: { storage } }).to("storage"));
    const at = await put();
    server.requests.length = 0;
    server.fault = "silent";
    for (const ask of [() => quick.put(key(), bytes, facts), () => quick.get(at), () => quick.check()]) {
      await assert.rejects(ask(), { code: "unavailable" });
    }
    const end = performance.now() + 20_000;
    while (server.abandoned < 3) {
      assert.ok(performance.now() < end, "every request is aborted within 20 s");
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(server.requests, ["PUT", "GET", "PUT"]);
    quick.close();
  });

  test("a no of the store is told as it is, and not asked for again", async () => {
    server.fault = "denied";
    await assert.rejects(put(), (error: Error) => error.name === "AccessDenied");
    assert.deepEqual(server.requests, ["PUT"]);
  });
});
