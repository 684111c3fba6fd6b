import assert from "node:assert/strict";
import { test } from "node:test";
import { isAssertion } from "../../../db/domain/steps/index.ts";
import { listCases } from "./case-list.ts";
import { conformanceOn } from "./suite.ts";

conformanceOn("chromium");

test("no two cases of a step are called the same", () => {
  const names = listCases().map(({ type, kind, given }) => `${type} ${kind} ${given.title}`);
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
});

test("an assertion that is not met is told as one", () => {
  const kinds = new Set(["assertion-failed"]);
  const without = [...new Set(listCases().map(({ type }) => type))].filter(
    (type) =>
      isAssertion(type) &&
      !listCases().some(({ type: of, given }) => of === type && "code" in given && kinds.has(given.code)),
  );
  assert.deepEqual(without, []);
});
