import assert from "node:assert/strict";
import { test } from "node:test";
import { maskOf } from "./masking.ts";

const secret = 's3cr&t <key>"é';
const { text, all } = maskOf({ token: secret, short: "abc" });

test("a secret is masked raw, URL-encoded, in JSON and in HTML", () => {
  for (const form of [
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(secret).toLowerCase(),
    new URLSearchParams({ q: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    "s3cr&amp;t &lt;key&gt;&quot;é",
  ]) {
    assert.equal(text(`before ${form} after`), "before ••• after");
  }
});

test("a secret is masked in base64 wherever it starts", () => {
  for (const before of ["", "u", "us", "user:"]) {
    const encoded = Buffer.from(`${before}${secret} and more`).toString("base64");
    const masked = text(encoded);
    assert.ok(masked.includes("•••"), before);
    const left = Buffer.from(masked.replaceAll("•••", ""), "base64").toString("latin1");
    assert.ok(!left.includes("cr&t"), before);
  }
});

test("what is ours stays, whatever a secret reads", () => {
  const mask = maskOf({ word: "passed" });
  assert.deepEqual(mask.all({ type: "x", status: "passed", message: "it passed" }), {
    type: "x",
    status: "passed",
    message: "it •••",
  });
});

test("secrets shorter than four characters can't be masked", () => {
  assert.equal(text("abc"), "abc");
  assert.equal(all("abc"), "abc");
});
