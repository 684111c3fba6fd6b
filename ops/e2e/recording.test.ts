import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { LogItem } from "../../db/domain/events.ts";
import type { Page } from "../../db/domain/queries.ts";
import type { Execution, Project } from "../../db/domain/resources.ts";
import { isFinal } from "../../db/domain/states.ts";
import { startSystem, type TestSystem, until } from "../testing/system.ts";
import { type RecordingSite, startRecordingSite } from "./recording-site.ts";

let system: TestSystem;
let site: RecordingSite;
before(async () => {
  site = await startRecordingSite();
  system = await startSystem();
});
after(async () => {
  await system.stop();
  await site.close();
});

test("a recording with frames, shadow roots and several tabs is imported and runs green", async () => {
  const { items } = (await system.call("GET", "/projects")).body as Page<Project>;
  const imported = await system.call("POST", "/test-cases/import", {
    projectId: items[0]?.id,
    content: recording(site.url),
  });
  assert.equal(imported.status, 201, JSON.stringify(imported.body));
  const { testCase, report } = imported.body as { testCase: { id: string }; report: { level: string }[] };
  assert.deepEqual(
    report.filter(({ level }) => level === "unsupported"),
    [],
  );
  const worker = system.startWorker();
  const started = await system.call("POST", "/executions", { testCaseId: testCase.id });
  const { id } = started.body as Execution;
  const execution = await until(
    "the verdict",
    60_000,
    async () => (await system.call("GET", `/executions/${id}`)).body as Execution,
    ({ status }) => isFinal(status),
  );
  assert.equal(execution.status, "passed", JSON.stringify(execution.error));
  const logs = (await system.call("GET", `/executions/${id}/logs?after=0`)).body as { items: LogItem[] };
  const steps = logs.items.filter((item) => item.type === "step-finished");
  assert.ok(steps.length >= 8);
  assert.ok(steps.every((item) => item.type === "step-finished" && item.status === "passed"));
  assert.deepEqual(site.seen(), ["frame:inner", "shadow:Ann", "tab:done"]);
  worker.kill("SIGTERM");
  await worker.exited;
});

/** As Chrome's Recorder writes it: every step with all of its alternatives. */
function recording(url: string) {
  return {
    title: "Frames, shadow roots, tabs",
    steps: [
      {
        type: "setViewport",
        width: 1000,
        height: 700,
        deviceScaleFactor: 1,
        isMobile: false,
        hasTouch: false,
        isLandscape: false,
      },
      {
        type: "navigate",
        url: `${url}/`,
        assertedEvents: [{ type: "navigation", url: `${url}/`, title: "Recorded" }],
      },
      {
        type: "click",
        target: "main",
        frame: [0, 0],
        selectors: [
          ["aria/Inner button"],
          ["#inner"],
          ['xpath///*[@id="inner"]'],
          ["pierce/#inner"],
          ["text/Inner button"],
        ],
        offsetX: 10,
        offsetY: 8,
      },
      {
        type: "change",
        target: "main",
        value: "Ann",
        selectors: [["aria/Your name"], ["x-greeting", "#name"], ["pierce/#name"]],
      },
      {
        type: "click",
        target: "main",
        selectors: [["aria/Greet"], ["x-greeting", "button"], ["pierce/button"]],
        offsetX: 5,
        offsetY: 5,
      },
      {
        type: "waitForElement",
        selectors: [["x-greeting", "output"]],
        operator: "==",
        count: 1,
        visible: true,
      },
      { type: "click", target: "main", selectors: [["aria/Open tab"], ["#open"]], offsetX: 5, offsetY: 5 },
      {
        type: "click",
        target: `${url}/tab`,
        selectors: [["aria/Done"], ["#done"]],
        offsetX: 5,
        offsetY: 5,
      },
      { type: "keyDown", target: `${url}/tab`, key: "Tab" },
      { type: "keyUp", target: `${url}/tab`, key: "Tab" },
      { type: "close", target: `${url}/tab` },
      { type: "waitForExpression", target: "main", expression: "document.title === 'Recorded'" },
    ],
  };
}
