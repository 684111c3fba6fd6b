import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Part, startParts } from "./shutdown.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

function recorded(steps: string[], name: string, overrides: Partial<Part> = {}): Part {
  return {
    name,
    start: () => void steps.push(`start ${name}`),
    stop: () => void steps.push(`stop ${name}`),
    ...overrides,
  };
}

describe("parts of a process", () => {
  it("start in order and stop in reverse", async () => {
    const steps: string[] = [];
    const last = Promise.withResolvers<void>();
    const parts = [
      recorded(steps, "a"),
      recorded(steps, "b"),
      recorded(steps, "c", { start: () => last.resolve() }),
    ];
    const running = startParts({ parts, logger: silent, stopWithinMs: 1000 });
    await last.promise;
    running.stop("test");
    assert.equal(await running.finished, 0);
    assert.deepEqual(steps, ["start a", "start b", "stop c", "stop b", "stop a"]);
  });

  it("unwind, with exit code 1, when one fails to start", async () => {
    const steps: string[] = [];
    const failing = recorded(steps, "b", { start: () => Promise.reject(new Error("no")) });
    const running = startParts({
      parts: [recorded(steps, "a"), failing, recorded(steps, "c")],
      logger: silent,
      stopWithinMs: 1000,
    });
    assert.equal(await running.finished, 1);
    assert.deepEqual(steps, ["start a", "stop b", "stop a"]);
  });

  it("are stopped even when one of them hangs or throws in stopping", async () => {
    const steps: string[] = [];
    const last = Promise.withResolvers<void>();
    const parts = [
      recorded(steps, "a"),
      recorded(steps, "b", { stop: () => Promise.reject(new Error("no")) }),
      recorded(steps, "c", { start: () => last.resolve(), stop: () => new Promise(() => undefined) }),
    ];
    const running = startParts({ parts, logger: silent, stopWithinMs: 50 });
    await last.promise;
    running.stop("test");
    running.stop("again");
    assert.equal(await running.finished, 1);
    assert.deepEqual(steps, ["start a", "start b", "stop a"]);
  });

  it("stop while one is still starting: the signal reaches it", async () => {
    const steps: string[] = [];
    const waiting = recorded(steps, "b", {
      start: (signal) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    const running = startParts({
      parts: [recorded(steps, "a"), waiting, recorded(steps, "c")],
      logger: silent,
      stopWithinMs: 1000,
    });
    setImmediate(() => running.stop("test"));
    assert.equal(await running.finished, 0);
    assert.deepEqual(steps, ["start a", "stop b", "stop a"]);
  });
});
