import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type LiveApp, liveApp } from "../api/testing/sockets.ts";
import type { HighlightResult, LiveView, PickResult, TryResult } from "../db/domain/live-view.ts";
import type { TestCaseInput } from "../db/domain/resources.ts";
import { isFinal } from "../db/domain/states.ts";
import { getExecution, listLogs, stopExecution } from "../db/services/executions.ts";
import { executeTestCase } from "../db/services/runs.ts";
import { putSecret } from "../db/services/secrets.ts";
import { makeTestCase } from "../db/testing/factories.ts";
import { findBrowser } from "./browser/testing/find-browser.ts";
import { type Site, startSite } from "./browser/testing/site.ts";
import { startWorker, type WorkerService } from "./service.ts";
import { until } from "./testing/wait.ts";

/** What is asked of a paused page while a test is being written, through the real API and the real worker. */

const home = mkdtempSync(join(tmpdir(), "verdict-authoring-"));
const boundMs = 30_000;
let t: LiveApp;
let site: Site;
let worker: WorkerService;
let id: string;

before(async () => {
  t = await liveApp();
  site = await startSite();
  worker = await startWorker({
    db: t.database.db,
    blobs: t.blobs,
    keys: t.deps.keys,
    name: "here",
    version: "0",
    slots: 1,
    home,
    browser: { executablePath: await findBrowser(), sandbox: process.getuid?.() !== 0 },
    timings: { graceMs: 500 },
  });
  await putSecret(t.world.as.alice, t.world.project.id, { name: "code", value: "a-secret-value" });
  const steps: unknown[] = [
    { type: "goto", url: `${site.url}/form` },
    { type: "expectValue", target: "#name", value: "Ann" },
    { type: "fill", target: "#secret", value: "{{secrets.code}}" },
  ];
  const { id: testCaseId } = await makeTestCase(t.world.as.alice, t.world.project.id, {
    steps: steps as TestCaseInput["steps"],
  });
  const execution = await executeTestCase(t.world.as.alice, { testCaseId }, "manual");
  id = execution.id;
  assert.equal((await post("pause")).status, 202);
  await pausedBefore(0);
  await post("step");
  await pausedBefore(1);
});
after(async () => {
  await stopExecution(t.world.as.alice, id);
  await worker?.stop();
  await site?.close();
  await t?.stop();
  rmSync(home, { recursive: true, force: true });
});

const post = (verb: string, body?: unknown, who: "bob" | "dora" | "charlie" = "bob") =>
  t.call(who, "POST", `/executions/${id}/${verb}`, body);

async function pausedBefore(step: number): Promise<void> {
  await until(`it is paused before step ${step}`, boundMs, async () => {
    const view = (await t.call("dora", "GET", `/executions/${id}/view`)).body as unknown as LiveView;
    return view.state === "paused" && view.scene?.step?.step === step;
  });
}

async function tried(...steps: unknown[]): Promise<TryResult["steps"]> {
  const answer = await post("try", { steps });
  assert.equal(answer.status, 200, answer.text);
  return (answer.body as unknown as TryResult).steps;
}

test("steps are tried on the paused page, one after the other until one fails, and leave nothing in the log", async () => {
  const [fill, check, miss, never] = await tried(
    { type: "fill", target: "#name", value: "Ann" },
    { type: "repeat", times: 1, steps: [{ type: "check", target: "#terms" }] },
    { type: "click", target: "#not-there", timeoutMs: 300 },
    { type: "click", target: "#send" },
  );
  assert.equal(fill?.status, "passed");
  assert.equal(fill?.target?.matches, 1);
  assert.equal(check?.status, "passed", check?.failure?.message);
  assert.equal(miss?.status, "failed");
  assert.equal(miss?.failure?.code, "target-not-found");
  assert.equal(never?.status, "skipped");
  const [value] = await tried({ type: "expectChecked", target: "#terms" });
  assert.equal(value?.status, "passed");
  const { items } = await listLogs(t.world.as.alice, id, { after: 0, limit: 500 });
  const begun = items.flatMap((item) => (item.type === "step-started" ? [item.step] : []));
  assert.deepEqual(begun, [0]);
});

test("an element is picked by pointing at it: ranked locators, each with how many it matches", async () => {
  const { boxes } = await highlighted("#terms");
  const [box] = boxes;
  assert.ok(box);
  const { element, locators } = await picked(box.x + box.width / 2, box.y + box.height / 2);
  assert.match(element, /<input id="terms"/);
  assert.deepEqual(locators[0], { locator: 'role=checkbox[name="Terms"]', matches: 1 });
  assert.ok(locators.some(({ locator }) => locator === "css=#terms"));
  for (const { locator, matches } of locators) assert.equal((await highlighted(locator)).matches, matches);
  const outside = await post("pick", { x: 9_000, y: 9_000 });
  assert.equal(outside.status, 422);
});

test("what a locator matches is counted and placed; one that is none is explained", async () => {
  const { matches, boxes } = await highlighted("css=li");
  assert.equal(matches, 3);
  assert.equal(boxes.length, 3);
  assert.equal((await highlighted("#not-there")).matches, 0);
  const wrong = await post("highlight", { locator: "css=[[" });
  assert.equal(wrong.status, 422);
  assert.match(String(wrong.body.detail), /css=\[\[/);
});

test("an element inside of frames is picked with the way to it, where it is seen", async () => {
  const [opened] = await tried(
    { type: "goto", url: `${site.url}/frames` },
    { type: "scroll", target: "#outer" },
  );
  assert.equal(opened?.status, "passed");
  const inside = await highlighted("frame=#outer >> css=body *");
  const box = inside.boxes.find(({ width, height }) => width > 2 && height > 2);
  assert.ok(box);
  const { locators } = await picked(box.x + 2, box.y + 2);
  assert.match(locators[0]?.locator ?? "", /^frame=#outer >> /);
  const [again] = (await highlighted(locators[0]?.locator ?? "")).boxes;
  assert.ok(again);
  assert.ok(Math.abs(again.y - box.y) < 400);
  await tried({ type: "goto", url: `${site.url}/form` }, { type: "fill", target: "#name", value: "Ann" });
});

test("only those ask who may hold it, and only while it is paused; a secret in an answer is masked", async () => {
  assert.equal((await post("pick", { x: 1, y: 1 }, "dora")).status, 403);
  assert.equal((await post("pick", { x: 1, y: 1 }, "charlie")).status, 404);
  assert.equal((await post("try", { steps: [] })).status, 422);
  assert.equal((await post("try", { steps: [{ type: "nonsense" }] })).status, 422);
  const [shown] = await tried({ type: "expectText", target: "h1", text: "{{secrets.code}}", timeoutMs: 200 });
  assert.equal(shown?.status, "failed");
  assert.doesNotMatch(JSON.stringify(shown), /a-secret-value/);
  await post("resume");
  const ended = await until("it has ended", boundMs, async () => {
    const execution = await getExecution(t.world.as.alice, id);
    return isFinal(execution.status) && execution;
  });
  assert.equal(ended.status, "passed", "what was tried before is what the steps find");
  assert.equal((await post("pick", { x: 1, y: 1 })).status, 409);
});

async function picked(x: number, y: number): Promise<PickResult> {
  const answer = await post("pick", { x, y });
  assert.equal(answer.status, 200, answer.text);
  return answer.body as unknown as PickResult;
}

async function highlighted(locator: string): Promise<HighlightResult> {
  const answer = await post("highlight", { locator });
  assert.equal(answer.status, 200, answer.text);
  return answer.body as unknown as HighlightResult;
}
