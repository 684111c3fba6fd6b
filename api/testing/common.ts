import assert from "node:assert/strict";
import type { Answer } from "./app.ts";

/** The form of every error: problem+json with a stable code, the request's id, and nothing from inside. */
export function assertProblem(answer: Answer, status: number, code: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  const { type, title, detail, requestId } = answer.body;
  assert.equal(answer.body.status, status);
  assert.equal(answer.body.code, code, answer.text);
  assert.equal(type, `urn:verdict:problem:${code}`);
  assert.ok(typeof title === "string" && title !== "");
  assert.ok(typeof detail === "string" && detail !== "");
  assert.equal(requestId, answer.headers.get("x-request-id"));
}

/** A refusal that names the fields at fault. */
export function assertFaults(answer: Answer, paths: readonly string[]): void {
  assertProblem(answer, 422, "invalid-input");
  const errors = answer.body.errors as { path: string; message: string }[];
  assert.deepEqual(errors.map(({ path }) => path).sort(), [...paths].sort(), answer.text);
  for (const { message } of errors) assert.ok(message.length > 0);
}
