import assert from "node:assert/strict";
import { test } from "node:test";
import { policies } from "../db/outside-calls/policies.ts";
import { OutsideCalls } from "../db/outside-calls.ts";
import { createRegistry, outsideMetrics } from "./metrics.ts";

test("calls to the outside are counted by dependency and outcome, with the state of their breakers", async () => {
  const registry = createRegistry("worker");
  const figures = outsideMetrics(registry);
  const storage = {
    ...policies.storage,
    pauseMs: 1,
    pauseMsMax: 1,
    failuresMax: 3,
    openMs: 60_000,
    openMsMax: 60_000,
  };
  const calls = new OutsideCalls({ policies: { storage }, metrics: figures });
  figures.watch(calls);
  const call = calls.to("storage");
  const away = () => Promise.reject(Object.assign(new Error("away"), { code: "ECONNREFUSED" }));
  await call(async () => "here", { repeat: false });
  await assert.rejects(call(away, { repeat: true }));
  await assert.rejects(call(away, { repeat: true }));
  const text = await registry.metrics();
  const label = 'dependency="storage"';
  for (const [name, labels, value] of [
    ["verdict_outside_call_seconds_count", `${label},outcome="ok"`, 1],
    ["verdict_outside_call_seconds_count", `${label},outcome="open"`, 2],
    ["verdict_outside_call_retries_total", label, 3],
    ["verdict_outside_call_rejected_total", `${label},by="breaker"`, 2],
    ["verdict_outside_call_breaker_trips_total", label, 1],
    ["verdict_outside_call_breaker_state", label, 2],
    ["verdict_outside_calls_active", `${label},state="waiting"`, 0],
  ] as const) {
    const line = text.split("\n").find((row) => row.startsWith(`${name}{`) && row.includes(labels));
    assert.equal(Number(line?.split(" ").at(-1)), value, `${name} ${labels}: ${line}`);
  }
});
