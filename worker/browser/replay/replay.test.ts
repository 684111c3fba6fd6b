import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { ArtifactBytes, AttemptPlan } from "../protocol.ts";
import { Bench, type Finished, type Written } from "../testing/run.ts";
import { type Site, startSite } from "../testing/site.ts";
import { closeBrowsers } from "../thread.ts";

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

type Line = {
  tab?: number;
  truncated?: string;
  e?: { type: number; timestamp: number; data: Record<string, unknown> };
};

async function record(
  steps: Written[],
  options: Partial<AttemptPlan> = {},
): Promise<{ run: Finished; text: string; lines: Line[] }> {
  const run = await bench.run(steps, { baseUrl: site.url, evidence: { replay: "on" }, ...options });
  const text = textOf(run.artifacts);
  const lines = text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
  return { run, text, lines };
}

function textOf(artifacts: ArtifactBytes[]): string {
  const replay = artifacts.find(({ kind }) => kind === "replay");
  return replay ? gunzipSync(replay.bytes).toString("utf8") : "";
}

/** Waits in the page, so that what it does by itself is recorded. */
const linger = (ms: number): Written => ({ type: "waitFor", ms });

test("a recording has the documents and what changed in them, on the clock of the events", async () => {
  const { run, lines, text } = await record([
    { type: "goto", url: "/form" },
    { type: "fill", target: "css=#name", value: "Ann Example" },
    { type: "click", target: 'role=button[name="Shift"]' },
    { type: "goto", url: "/next" },
  ]);
  assert.equal(run.outcome.status, "passed");
  const snapshots = lines.filter(({ e }) => e?.type === 2);
  assert.equal(snapshots.length, 2);
  assert.match(text, /"text":"Ann Example"/);
  assert.match(text, /shift false/);
  const times = lines.flatMap(({ e }) => e?.timestamp ?? []);
  const [start, end] = [run.events.at(0)?.at ?? "", new Date().toISOString()];
  for (const time of times)
    assert.ok(time > Date.parse(start) - 5_000 && time <= Date.parse(end), String(time));
  const told = run.of("artifact").find(({ kind }) => kind === "replay");
  assert.equal(told?.artifactId, run.artifacts.find(({ kind }) => kind === "replay")?.id);
});

test("under on-failure a recording is kept of a failure and thrown away of a pass", async () => {
  const passing: Written[] = [{ type: "goto", url: "/next" }];
  const evidence = { replay: "on-failure" } as const;
  assert.equal((await record(passing, { evidence })).text, "");
  assert.equal((await record(passing, { evidence: { replay: "off" } })).text, "");
  const failed = await record([...passing, { type: "expectTitle", title: "Other", timeoutMs: 50 }], {
    evidence,
  });
  assert.match(failed.text, /Next page/);
});

test("a hostile page can neither reach the recorder nor put anything active into a recording", async () => {
  const { run, lines, text } = await record([
    { type: "goto", url: "/replay/hostile" },
    { type: "fill", target: "css=#name", value: "typed" },
  ]);
  assert.equal(run.outcome.status, "passed", JSON.stringify(run.outcome));
  assert.match(text, /"text":"typed"/);
  assert.ok(!text.includes("forged") && !text.includes("reached"), text);
  const elements = lines.flatMap(({ e }) => elementsOf(e?.data));
  const tags = new Set(elements.map(({ tagName }) => tagName));
  for (const tag of ["script", "object", "base"]) assert.ok(!tags.has(tag), tag);
  for (const { attributes } of elements) {
    for (const [name, value] of Object.entries(attributes)) {
      assert.ok(!/^on|^srcdoc$|^http-equiv$|^sandbox$/i.test(name), name);
      assert.ok(!/javascript:/i.test(String(value)), `${name}=${value}`);
      if (name === "src" || name.endsWith("href")) assert.match(String(value), /^(?:#|data:image)/);
    }
  }
});

test("recording puts nothing into a page", async () => {
  const { run, text } = await record([
    { type: "goto", url: "/replay/watched" },
    { type: "expectText", target: "css=#out", text: "nothing" },
    linger(300),
    { type: "expectText", target: "css=#out", text: "nothing", timeoutMs: 100 },
  ]);
  assert.equal(run.outcome.status, "passed", JSON.stringify(run.outcome));
  assert.match(text, /Watched/);
});

test("a page with too many elements is not recorded, and the recording says so", async () => {
  const { run, lines } = await record([{ type: "goto", url: "/replay/many" }]);
  assert.equal(run.outcome.status, "passed");
  assert.ok(
    lines.some(({ truncated }) => /more than 30000 elements/.test(truncated ?? "")) || lines.length === 0,
  );
  assert.match(
    run
      .of("log")
      .map(({ text }) => text)
      .join(),
    /the replay is incomplete: .* 30000 elements/,
  );
});

test("a content security policy of the page does not stop the recording", async () => {
  const { run, text } = await record([
    { type: "goto", url: "/replay/csp" },
    { type: "click", target: "css=#go" },
  ]);
  assert.match(text, /"gone"/);
  assert.deepEqual(run.of("console"), []);
});

test("frames of the same and of another origin are recorded in their place", async () => {
  const { lines, text } = await record([
    { type: "goto", url: "/replay/frames" },
    { type: "fill", target: "frame=#other >> css=#field", value: "in the other origin" },
    { type: "expectText", target: "frame=#other >> css=p", text: "Inside, later" },
    { type: "expectText", target: "frame=#same >> css=p", text: "Inside, later" },
    // The element of the frame is looked for beside the steps.
    linger(1_000),
  ]);
  const attached = lines.filter(({ e }) => e?.data.isAttachIframe === true);
  assert.ok(attached.length >= 2, `${attached.length} frames`);
  const known = new Set(lines.flatMap(({ e }) => elementsOf(e?.data).map(({ id }) => id)));
  for (const { e } of attached) {
    const [add] = (e?.data.adds ?? []) as { parentId: number; node: { type: number } }[];
    assert.ok(add && known.has(add.parentId) && add.node.type === 0);
  }
  assert.match(text, /"text":"in the other origin"/);
  assert.equal(text.match(/"Inside, later"/g)?.length, 2);
});

test("values and rules that scripts set without touching the tree are found", async () => {
  const { text } = await record([
    { type: "goto", url: "/replay/drift" },
    { type: "expectValue", target: "css=#name", value: "set by a script" },
  ]);
  assert.match(text, /set by a script/);
  assert.match(text, /rgb\(1, 2, 3\)/);
});

test("a secret is in no file and no event, not even its beginning while it is typed", async () => {
  const password = "Zq7-horse-battery";
  const { run, text } = await record(
    [
      { type: "goto", url: "/replay/echo" },
      { type: "type", target: "css=#plain", text: "{{secrets.password}}" },
      { type: "type", target: "css=#rich", text: "{{secrets.password}}" },
      { type: "goto", url: "/form" },
      { type: "fill", target: "css=#secret", value: "{{secrets.password}}" },
      { type: "fill", target: "css=#name", value: "Ann" },
      { type: "evaluate", script: "document.querySelector('#secret').type = 'text'" },
    ],
    { secrets: { password }, screenshots: "each-step" },
  );
  assert.equal(run.outcome.status, "passed", JSON.stringify(run.outcome));
  assert.match(text, /•••/);
  assert.match(text, /"Ann"/);
  const said = text + JSON.stringify(run.events);
  for (let chars = 3; chars <= password.length; chars++) {
    assert.ok(!said.includes(password.slice(0, chars)), `its first ${chars} characters are there`);
  }
  assert.ok(!said.includes("battery"));
});

type Element = { id: number; tagName: string; attributes: Record<string, unknown> };

function elementsOf(value: unknown): Element[] {
  if (typeof value !== "object" || value === null) return [];
  const inside = Object.values(value).flatMap(elementsOf);
  return "tagName" in value && "attributes" in value ? [value as Element, ...inside] : inside;
}
