import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sealedBefore } from "../testing/sealed-before.ts";
import { openKeys, type Sealed } from "./envelope.ts";

const oldKey = "the key of before, with 32 characters or more";
const newKey = "the key of now, with 32 characters or more too";
const aad = "org|project|id|1";
const before = openKeys(oldKey);
const now = openKeys(newKey, [oldKey]);

function withByte({ ciphertext, keyId }: Sealed, at: number): Sealed {
  const bytes = Uint8Array.from(ciphertext);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return { ciphertext: bytes, keyId };
}

describe("a sealed value", () => {
  it("opens only in its own place, unchanged in every byte, with the key that sealed it", () => {
    const sealed = now.seal("hush", aad);
    assert.equal(now.open(sealed, aad), "hush");
    assert.throws(() => now.open(sealed, "org|project|id|2"), /changed or belongs elsewhere/);
    for (let at = 0; at < sealed.ciphertext.length; at++) {
      assert.throws(() => now.open(withByte(sealed, at), aad), /changed or belongs elsewhere/);
    }
    assert.throws(() => now.open({ ...sealed, ciphertext: new Uint8Array(3) }, aad), /changed/);
    assert.throws(() => before.open(sealed, aad), /neither SECRET_KEY nor one of SECRET_KEYS_OTHER/);
  });

  it("has a key of its own and a new nonce each time, and shows neither text nor key", () => {
    const all = Array.from({ length: 50 }, () => Buffer.from(now.seal("hush", aad).ciphertext));
    const wrapped = new Set(all.map((bytes) => bytes.subarray(28, 60).toString("hex")));
    const nonces = new Set(
      all.flatMap((bytes) => [bytes.subarray(0, 12), bytes.subarray(60, 72)].map(String)),
    );
    assert.equal(wrapped.size, 50);
    assert.equal(nonces.size, 100);
    assert.ok(all.every((bytes) => !bytes.includes("hush")));
  });

  it("is opened with any of the keys that are there, and sealed with the first", () => {
    assert.equal(now.open(before.seal("old", aad), aad), "old");
    assert.equal(now.seal("new", aad).keyId, now.keyId);
    assert.notEqual(now.keyId, before.keyId);
    assert.ok(now.has(before.keyId) && !before.has(now.keyId));
    // Before a change the key that comes is one of the others.
    assert.equal(openKeys(oldKey, [newKey]).open(now.seal("new", aad), aad), "new");
  });
});

describe("taking a value over", () => {
  it("wraps its key anew and leaves what it encrypts as it is", () => {
    const sealed = before.seal("hush", aad);
    const renewed = now.renew(sealed, aad);
    assert.ok(renewed);
    assert.equal(renewed.keyId, now.keyId);
    assert.equal(openKeys(newKey).open(renewed, aad), "hush");
    assert.deepEqual(
      Buffer.from(renewed.ciphertext).subarray(60),
      Buffer.from(sealed.ciphertext).subarray(60),
    );
    assert.equal(now.renew(renewed, aad), null);
  });

  it("gives one that was sealed directly, for another place, a key of its own", () => {
    const sealed = sealedBefore(oldKey, "from before", "org|project|NAME");
    assert.equal(now.open(sealed, aad, "org|project|NAME"), "from before");
    assert.throws(() => now.open(sealed, aad), /belongs elsewhere/);
    const renewed = now.renew(sealed, aad, "org|project|NAME");
    assert.ok(renewed);
    assert.equal(openKeys(newKey).open(renewed, aad), "from before");
  });

  it("does the same for what the key of now sealed directly", () => {
    const sealed = sealedBefore(newKey, "from before", aad);
    const renewed = openKeys(newKey).renew(sealed, aad);
    assert.ok(renewed);
    assert.equal(openKeys(newKey).open(renewed, aad), "from before");
  });

  it("refuses what no key is there for, and what was changed", () => {
    assert.throws(() => openKeys(newKey).renew(before.seal("hush", aad), aad), /"kek-[0-9a-f]{16}"/);
    assert.throws(() => now.renew(withByte(before.seal("hush", aad), 40), aad), /changed/);
  });
});
