import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { AppError } from "./errors.ts";
import { parseInput } from "./validation.ts";

const schema = z.strictObject({ name: z.string(), items: z.array(z.strictObject({ size: z.int() })) });

function errorsOf(value: unknown, prefix?: string[]) {
  try {
    parseInput(schema, value, prefix);
  } catch (error) {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, "invalid-input");
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

describe("an input", () => {
  it("that is right is given back", () => {
    assert.deepEqual(parseInput(schema, { name: "a", items: [{ size: 1 }] }), {
      name: "a",
      items: [{ size: 1 }],
    });
  });

  it("is refused with the path of every fault, down to the item", () => {
    const { errors, message } = errorsOf({ items: [{ size: 1 }, { size: "x" }] });
    assert.deepEqual(
      errors.map(({ path }) => path),
      ["name", "items.1.size"],
    );
    assert.match(message, /^name: /);
  });

  it("is refused for each field that nobody knows, by its name", () => {
    const { errors } = errorsOf({ name: "a", items: [], colour: 1, shape: 2 });
    assert.deepEqual(errors, [
      { path: "colour", message: 'unknown field "colour"' },
      { path: "shape", message: 'unknown field "shape"' },
    ]);
  });

  it("carries where it came from in its paths", () => {
    assert.deepEqual(
      errorsOf({ items: [] }, ["body"]).errors.map(({ path }) => path),
      ["body.name"],
    );
  });
});
