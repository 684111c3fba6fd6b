import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../../db/domain/errors.ts";
import { formatVariables, parseVariables } from "./variables.ts";

test("variables come back from their text as they went in", () => {
  const variables = { A: "1", B: "", C: "two\nlines", D: " spaces ", E: '"quoted"', F: "a=b", G: "\\n" };
  assert.deepEqual(parseVariables(formatVariables(variables)), variables);
});

test("a line without a name, a name given twice and an open quotation are named by their line", () => {
  for (const [text, message] of [
    ["A=1\nno sign", /line 2: write NAME=value/],
    ["=1", /line 1: write NAME=value/],
    ["A=1\nA=2", /line 2: A is given twice/],
    ['A="open', /line 1: the value of A/],
  ] as const) {
    assert.throws(
      () => parseVariables(text),
      (error) =>
        error instanceof AppError &&
        error.errors[0]?.path === "variables" &&
        message.test(error.errors[0].message),
    );
  }
});
