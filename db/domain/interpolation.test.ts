import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  escapeReferences,
  interpolate,
  interpolateAll,
  secretReferences,
  UnknownVariableError,
} from "./interpolation.ts";

const values = {
  variables: { user: "ann", empty: "", tricky: "$& {{user}}" },
  secrets: { password: "s3cret" },
};

describe("references in texts", () => {
  it("are replaced by their values, which are not looked into again", () => {
    assert.equal(interpolate("{{user}}:{{ secrets.password }}{{empty}}", values), "ann:s3cret");
    assert.equal(interpolate("{{tricky}}", values), "$& {{user}}");
  });

  it("stay as they are behind a backslash, and what is no reference always does", () => {
    assert.equal(interpolate("\\{{user}} { {user}} {{1x}} {{}}", values), "{{user}} { {user}} {{1x}} {{}}");
  });

  it("without a value are named, with the names that there are", () => {
    const reads = (text: string, message: RegExp) =>
      assert.throws(
        () => interpolate(text, values),
        (error) => error instanceof UnknownVariableError && message.test(error.message),
      );
    reads("{{usr}}", /variable "usr" has no value; known are empty, tricky, user/);
    reads("{{secrets.pin}}", /secret "secrets.pin" has no value; known are password/);
    reads("{{constructor}}", /has no value/);
    assert.throws(() => interpolate("{{x}}", { variables: {}, secrets: {} }), /none are set/);
  });

  it("are replaced at any depth, keys left alone", () => {
    assert.deepEqual(interpolateAll({ "{{user}}": ["{{user}}", { a: "{{user}}", n: 1, z: null }] }, values), {
      "{{user}}": ["ann", { a: "ann", n: 1, z: null }],
    });
  });

  it("to secrets are found wherever they stand", () => {
    const steps = [{ value: "{{secrets.a}} {{secrets.b}} \\{{secrets.c}} {{d}}" }, ["{{secrets.a}}"]];
    assert.deepEqual([...secretReferences(steps)], ["a", "b"]);
  });

  it("that were escaped come out as they went in", () => {
    for (const text of [
      "{{user}}",
      "\\{{user}}",
      "\\\\{{user}}",
      "a {{ user }} {{secrets.password}} {{",
      "",
    ]) {
      assert.equal(interpolate(escapeReferences(text), values), text);
    }
  });
});
