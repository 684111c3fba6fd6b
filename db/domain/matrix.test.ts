import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cellTitle, screensFor } from "./matrix.ts";

describe("the screens of a run", () => {
  const none = { device: null };
  const phone = { device: "iPhone 13" };
  const titles = (...given: Parameters<typeof screensFor>) => screensFor(...given).map(cellTitle);
  const small = { width: 390, height: 844 };

  it("are those that were asked for, else those that are kept, in every browser", () => {
    assert.deepEqual(titles({ browsers: ["chromium", "firefox"] }, none), [
      "Chromium 1280 × 720",
      "Firefox 1280 × 720",
    ]);
    assert.deepEqual(titles({ browsers: ["chromium"] }, none, [small]), ["Chromium 390 × 844"]);
    const viewports = [{ width: 800, height: 600 }];
    assert.deepEqual(titles({ browsers: ["chromium"], viewports }, none, [small]), ["Chromium 800 × 600"]);
  });

  it("are the project's device in Chromium where nobody has chosen a size or said that there is none", () => {
    assert.deepEqual(titles({ browsers: ["chromium", "firefox"] }, phone), [
      "Chromium iPhone 13",
      "Firefox 1280 × 720",
    ]);
    assert.deepEqual(titles({ browsers: ["chromium"] }, phone, [small]), ["Chromium 390 × 844"]);
    assert.deepEqual(titles({ browsers: ["chromium"], viewports: [small] }, phone), ["Chromium 390 × 844"]);
    assert.deepEqual(titles({ browsers: ["chromium"], device: null }, phone), ["Chromium 1280 × 720"]);
  });

  it("are the device that was asked for, whatever is kept; a device and sizes at once are refused", () => {
    assert.deepEqual(titles({ browsers: ["chromium"], device: "Pixel 5" }, phone, [small]), [
      "Chromium Pixel 5",
    ]);
    assert.throws(() => screensFor({ browsers: ["chromium"], device: "Pixel 5", viewports: [small] }, none), {
      code: "invalid-input",
    });
  });
});
