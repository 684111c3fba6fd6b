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

test("a secret is masked however its characters are written, mixed and nested", () => {
  const json = JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ secret }) }) });
  for (const written of [
    `?q=s3cr%26t%20<key>%22%C3%A9`,
    encodeURIComponent(encodeURIComponent(secret)),
    json,
    `"s3cr\\u0026t \\x3ckey\\u003E\\u0022\\u00e9"`,
    "s3cr&#38;t &#x3C;key&#062;&amp;quot;&#233;",
    "s3cr&t _key__é.txt",
  ]) {
    const masked = text(written);
    assert.ok(masked.includes("•••") && !/s3cr|key/.test(masked), `${written} became ${masked}`);
  }
});

test("a secret that was cut by whoever shows it is masked as far as it goes, elsewhere its beginning stays", () => {
  const { text } = maskOf({ token: "correct horse battery" });
  assert.equal(text("{a: 'correct horse ba…', b: 1}"), "{a: '•••…', b: 1}");
  assert.equal(text("it says correct ho"), "it says •••");
  assert.equal(text("correct horses are fast"), "correct horses are fast");
});

test("a secret of many lines is masked, too", () => {
  const key = Array.from({ length: 30 }, (_, line) => `line ${line} of a long "key"`).join("\n");
  const { text } = maskOf({ key });
  assert.equal(text(`<${key}>`), "<•••>");
  assert.equal(text(`<${JSON.stringify(key).slice(1, -1)}>`), "<•••>");
});
