import assert from "node:assert/strict";
import { test } from "node:test";
import { unsupportedIn, wordsOfPath } from "./browser-support.ts";
import { stepsSchema } from "./index.ts";

const faultsOf = (steps: unknown[]) => unsupportedIn("firefox", stepsSchema.parse(steps));

test("what a browser can't do is told with the step, the field and who can", () => {
  const faults = faultsOf([
    { type: "goto", url: "/" },
    { type: "emulateNetwork", offline: true },
    { type: "emulateNetwork", latencyMs: 20 },
    { type: "setViewport", width: 400, height: 800, mobile: false, touch: true },
    { type: "modifyResponse", url: "/api", body: "x" },
    { type: "modifyResponse", url: "/api", status: 500 },
    { type: "modifyRequest", url: "/api", body: "x" },
    { type: "modifyRequest", url: "/api", patch: { a: 1 } },
    { type: "emulateCpu", slowdown: 4 },
    { type: "emulate", device: "Pixel 5" },
  ]);
  assert.deepEqual(faults, [
    { path: "steps.2.latencyMs", message: "throttling: Chromium only" },
    { path: "steps.3.touch", message: "touch: Chromium only" },
    { path: "steps.4", message: "modifyResponse: Chromium only" },
    { path: "steps.5", message: "modifyResponse: Chromium only" },
    { path: "steps.7.patch", message: "changing a part of a request's body: Chromium only" },
    { path: "steps.8", message: "emulateCpu: Chromium only" },
    { path: "steps.9.device", message: "a device: Chromium only" },
  ]);
});

test("steps inside of others count, disabled ones do not, and Chromium can do everything", () => {
  const dark = { type: "emulate", colorScheme: "dark" };
  const steps = [
    { type: "repeat", times: 2, steps: [dark] },
    { ...dark, disabled: true },
  ];
  assert.deepEqual(faultsOf(steps), [
    { path: "steps.0.steps.0.colorScheme", message: "media features: Chromium only" },
  ]);
  assert.deepEqual(unsupportedIn("chromium", stepsSchema.parse(steps)), []);
});

test("a path is told as people count, with what stands before it", () => {
  assert.equal(wordsOfPath("steps.1.latencyMs"), "step 2");
  assert.equal(wordsOfPath("steps.2.then.0.latencyMs"), "step 3 › Then › 1");
  assert.equal(wordsOfPath("steps.4"), "step 5");
  assert.equal(wordsOfPath('group "Slow": steps.0.steps.1'), 'group "Slow": step 1 › Group › 2');
});
