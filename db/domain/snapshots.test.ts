import assert from "node:assert/strict";
import { test } from "node:test";
import { branchName, variantText } from "./snapshots.ts";

const plain = {
  browser: "chromium",
  width: 1280,
  height: 720,
  scale: 1,
  mobile: false,
  platform: "linux",
} as const;

test("each browser, view, scale and platform has a text of its own", () => {
  const variants = [
    plain,
    { ...plain, browser: "firefox" as const },
    { ...plain, width: 390 },
    { ...plain, scale: 2 },
    { ...plain, mobile: true },
    { ...plain, platform: "darwin" },
  ].map(variantText);
  assert.equal(new Set(variants).size, variants.length);
  assert.equal(variants[0], "chromium 1280x720 linux");
  assert.equal(variantText({ ...plain, scale: 3, mobile: true }), "chromium 1280x720@3 mobile linux");
});

test("a branch is named as git allows it", () => {
  for (const name of ["main", "feature/new-cart", "release-1.2", "über"])
    assert.equal(branchName.parse(name), name);
  for (const name of [
    "",
    " ",
    "a b",
    "a..b",
    "a~1",
    "a^",
    "a:b",
    "a\u0007b",
    "a//b",
    "a@{1}",
    "x".repeat(201),
  ]) {
    assert.equal(branchName.safeParse(name).success, false, JSON.stringify(name));
  }
});
