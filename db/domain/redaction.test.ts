import assert from "node:assert/strict";
import { test } from "node:test";
import { REDACTED, redacted } from "./redaction.ts";

test("references are shown and what is called a secret is not, however deep", () => {
  const payload = {
    executionId: "0197",
    headers: [{ Authorization: "Bearer abc", accept: "*/*" }],
    apiKey: "k",
    url: "https://user:hunter2@example.com/x",
  };
  assert.deepEqual(redacted(payload), {
    executionId: "0197",
    headers: [{ Authorization: REDACTED, accept: "*/*" }],
    apiKey: REDACTED,
    url: `https://user:${REDACTED}@example.com/x`,
  });
});

test("what is too deep or too long is cut", () => {
  let deep: unknown = "bottom";
  for (let n = 0; n < 20; n++) deep = { deep };
  assert.ok(!JSON.stringify(redacted(deep)).includes("bottom"));
  assert.equal((redacted("x".repeat(9_000)) as string).length, 501);
});
