import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Bench } from "./testing/run.ts";
import { type Site, startSite } from "./testing/site.ts";
import { closeBrowsers } from "./thread.ts";

let bench: Bench;
let site: Site;

before(async () => {
  bench = await Bench.open();
  site = await startSite();
});

after(async () => {
  await closeBrowsers();
  await site.close();
  await bench.close();
});

const onSite = () => ({ baseUrl: site.url });

test("its events tell each step once, in order, with a title", async () => {
  const { events, outcome } = await bench.run(
    [
      { type: "goto", url: "/form" },
      { type: "click", target: 'role=button[name="Shift"]' },
      { type: "expectText", target: "css=#x", text: "Total", timeoutMs: 100, optional: true },
      { type: "check", target: "css=#terms", disabled: true },
      { type: "expectTitle", title: "Form", name: "The form is there" },
    ],
    onSite(),
  );
  assert.equal(outcome.status, "passed", JSON.stringify(outcome));
  const told = events.flatMap((event) => {
    if (event.type === "attempt-started") return [`attempt ${event.viewport.width} ${event.worker}`];
    if (event.type === "step-started") return [`${event.step} started ${event.title}`];
    if (event.type === "step-finished") return [`${event.step} ${event.status}`];
    return [];
  });
  assert.deepEqual(told, [
    "attempt 800 worker-1",
    "0 started Open /form",
    "0 passed",
    '1 started Click role=button[name="Shift"]',
    "1 passed",
    '2 started Expect text "Total" in css=#x',
    "2 failed",
    "3 started Check css=#terms",
    "3 skipped",
    "4 started The form is there",
    "4 passed",
  ]);
  const [optional] = events.filter((event) => event.type === "step-finished" && event.step === 2);
  assert.ok(optional?.type === "step-finished" && optional.failure && optional.screenshotId);
});

test("a finished step names the locator that found its element", async () => {
  const { of } = await bench.run(
    [
      { type: "goto", url: "/form" },
      { type: "click", target: ["css=#gone-since", "css=#shift"] },
    ],
    onSite(),
  );
  const target = of("step-finished")[1]?.target;
  assert.equal(target?.locator, "css=#shift");
  assert.equal(target?.index, 1);
  assert.ok((target?.box?.width ?? 0) > 0);
});

test("the box of an element in a frame is told in the view of the page, as its picture shows it", async () => {
  const { of } = await bench.run(
    [
      { type: "goto", url: "/frames" },
      { type: "click", target: "frame=#outer >> css=p" },
      {
        type: "evaluate",
        script: "JSON.stringify(document.querySelector('#outer').getBoundingClientRect())",
        as: "frame",
      },
    ],
    onSite(),
  );
  const box = of("step-finished")[1]?.target?.box;
  const frame = JSON.parse(of("variable-set")[0]?.value ?? "{}") as { x: number; y: number };
  // Border and padding of the frame lie between the two.
  assert.ok(box && box.x >= frame.x + 12 && box.y >= frame.y + 12, JSON.stringify({ box, frame }));
});

test("a step that fails names the element that would not do and where it was; one that found none names none", async () => {
  const { of } = await bench.run(
    [
      { type: "goto", url: "/frames" },
      { type: "expectText", target: "css=#outer", text: "something else", soft: true, timeoutMs: 200 },
      {
        type: "expectText",
        target: "frame=#outer >> css=p",
        text: "something else",
        soft: true,
        timeoutMs: 200,
      },
      { type: "expectText", target: "css=#nowhere", text: "something else", soft: true, timeoutMs: 200 },
    ],
    onSite(),
  );
  const [, outer, inner, nowhere] = of("step-finished");
  assert.equal(outer?.target?.locator, "css=#outer");
  assert.equal(outer.target.matches, 1);
  const [box, insideOf] = [inner?.target?.box, outer.target.box];
  assert.ok(box && insideOf && box.x >= insideOf.x + 12 && box.y >= insideOf.y + 12, JSON.stringify(box));
  assert.equal(nowhere?.status, "failed");
  assert.equal(nowhere.target, null);
});

test("a test that executes nothing does not pass", async () => {
  const { outcome } = await bench.run([{ type: "goto", url: "/", disabled: true }], onSite());
  assert.equal(outcome.status, "failed");
  assert.equal(outcome.failure?.code, "nothing-to-do");
  assert.equal((await bench.run([])).outcome.failure?.code, "nothing-to-do");
});

test("soft assertions fail the test at its end", async () => {
  const soft = { timeoutMs: 100, soft: true };
  const { outcome, of } = await bench.run(
    [
      { type: "goto", url: "/form" },
      { type: "expectTitle", title: "Other", ...soft },
      { type: "expectText", target: "css=#state", text: "Other", ...soft },
      { type: "expectTitle", title: "Form" },
    ],
    onSite(),
  );
  assert.equal(outcome.status, "failed");
  assert.equal(outcome.failure?.step, 1);
  assert.match(outcome.failure?.message ?? "", /2 soft assertions failed/);
  assert.equal(of("step-finished").at(-1)?.status, "passed");
});

test("console lines, page errors and failed requests of the page are kept", async () => {
  const { of } = await bench.run(
    [
      { type: "goto", url: "/noise" },
      { type: "waitFor", ms: 200 },
    ],
    onSite(),
  );
  const lines = of("console").map(({ level, text }) => `${level} ${text}`);
  assert.deepEqual(
    lines.filter((line) => !/fetch|CORS|Mixed/i.test(line)),
    ['info plain text {a: 1, b: "two"} [1, 2]', "warning careful", "error broken", "debug detail"],
  );
  const [error] = of("page-error");
  assert.equal(error?.message, "TypeError: boom");
  assert.match(error?.stack ?? "", /at /);
  const failed = of("request-failed").map(({ url, status }) => `${new URL(url).pathname} ${status}`);
  assert.deepEqual(failed.sort(), ["/ null", "/status/404 404"]);
  assert.match(of("console")[0]?.url ?? "", /\/noise$/);
});

test("a page that never stops logging does not flood the log", async () => {
  const { events, outcome } = await bench.run(
    [
      { type: "goto", url: "/form" },
      { type: "evaluate", script: "for (let i = 0; i < 12000; i++) console.log(i)", timeoutMs: 20_000 },
      { type: "expectTitle", title: "Form" },
    ],
    onSite(),
  );
  assert.equal(outcome.status, "passed");
  assert.ok(events.length <= 10_000);
  const last = events.at(-1);
  assert.ok(last?.type === "truncated" && last.dropped > 1_000, JSON.stringify(last));
});

test("each step has its picture when asked for, and none when not", async () => {
  const steps = [
    { type: "setVariable", variable: "a", value: "b" },
    { type: "goto", url: "/" },
    { type: "click", target: "css=#next" },
    { type: "expectTitle", title: "Next page" },
  ] as const;
  const each = await bench.run([...steps], { ...onSite(), screenshots: "each-step" });
  const ids = each.of("step-finished").map(({ screenshotId }) => screenshotId);
  assert.equal(ids[0], null, "nothing was open yet");
  assert.deepEqual(
    ids.slice(1),
    each.artifacts.map(({ id }) => id),
  );
  assert.equal(each.artifacts.length, 3);
  for (const { bytes, width, height, contentType } of each.artifacts) {
    assert.deepEqual([...bytes.slice(0, 2)], [0xff, 0xd8]);
    assert.deepEqual({ width, height, contentType }, { width: 800, height: 600, contentType: "image/jpeg" });
  }
  const never = await bench.run([...steps, { type: "click", target: "css=#x", timeoutMs: 100 }], {
    ...onSite(),
    screenshots: "never",
  });
  assert.equal(never.artifacts.length, 0);
});

test("secrets leave in no form, and titles show their names", async () => {
  const password = 'p@ss "zebra" & more';
  const { events, outcome } = await bench.run(
    [
      { type: "goto", url: "/form" },
      { type: "fill", target: "css=#secret", value: "{{secrets.password}}" },
      { type: "evaluate", script: "console.log(document.querySelector('#secret').value)" },
      {
        type: "evaluate",
        script: "console.log('x' + btoa('user:' + document.querySelector('#secret').value))",
      },
      {
        type: "evaluate",
        script: "console.log(JSON.stringify({ s: document.querySelector('#secret').value }))",
      },
      {
        type: "evaluate",
        script: "fetch('/status/404?s=' + encodeURIComponent(document.querySelector('#secret').value))",
      },
      { type: "setVariable", variable: "copy", value: "{{secrets.password}}" },
      { type: "evaluate", script: "new Promise((resolve) => setTimeout(resolve, 100))" },
      { type: "expectText", target: "css=#state", text: "{{secrets.password}}", timeoutMs: 100 },
    ],
    { ...onSite(), secrets: { password } },
  );
  const said = JSON.stringify([events, outcome]);
  assert.equal(outcome.status, "failed");
  for (const form of ["p@ss", "p%40ss", btoa(`user:${password}`).slice(8, 20), "zebra"]) {
    assert.ok(!said.includes(form), `${form} in ${said}`);
  }
  assert.ok(said.includes("•••"));
  const titles = events.flatMap((event) => (event.type === "step-started" ? event.title : []));
  assert.equal(titles[1], 'Fill css=#secret with "{{secrets.password}}"');
});

test("a step that waited for its element has a picture of the page from just before it acted", async () => {
  const later = (html: string) => ({
    type: "evaluate" as const,
    script: `setTimeout(() => { document.body.innerHTML = ${JSON.stringify(html)} }, 300)`,
  });
  const steps = [
    { type: "goto" as const, url: "/next" },
    later('<input id="late" style="font-size:40px">'),
    { type: "fill" as const, target: "#late", value: "MMMM" },
    later('<button id="go" onclick="this.remove()" style="font-size:40px">Go</button>'),
    { type: "click" as const, target: "#go" },
  ];
  const { of, artifacts, outcome } = await bench.run(steps, { ...onSite(), screenshots: "each-step" });
  assert.equal(outcome.status, "passed");
  const finished = of("step-finished");
  for (const step of [2, 4]) {
    const { beforeId, screenshotId } = finished[step] ?? {};
    const [before, after] = [beforeId, screenshotId].map((id) => artifacts.find((file) => file.id === id));
    assert.ok(before && after, `step ${step + 1} has both`);
    assert.notDeepEqual(before.bytes, after.bytes, "it shows what the step was to change");
    assert.notDeepEqual(
      before.bytes,
      artifacts.find(({ id }) => id === finished[step - 1]?.screenshotId)?.bytes,
    );
    assert.match(before.name, / before\.jpg$/);
  }
  const spare = await bench.run(steps, { ...onSite(), screenshots: "on-failure" });
  assert.ok(spare.of("step-finished").every(({ beforeId }) => beforeId === undefined));
});
