import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { Browser } from "puppeteer";
import { makeDeadJob } from "../api/testing/fixture.ts";
import { enqueue } from "../db/outbox.ts";
import { openPage, startBrowser } from "./testing/browser.ts";
import { startSite, type TestSite } from "./testing/server.ts";

let site: TestSite;
let browser: Browser;

before(async () => {
  site = await startSite();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await site?.close();
});
beforeEach(() => site.t.deps.db.sql`delete from outbox`);

async function get(path: string, target?: string): Promise<string> {
  const cookie = await site.t.cookie("root");
  const part = target ? { "HX-Request": "true", "HX-Target": target } : {};
  const response = await fetch(`${site.origin}${path}`, { headers: { cookie, ...part } });
  assert.equal(response.status, 200, path);
  return response.text();
}

async function post(path: string, fields: [string, string][], who: "root" | "alice" = "root") {
  const cookie = await site.t.cookie(who);
  return fetch(`${site.origin}${path}`, {
    method: "POST",
    headers: { cookie, origin: site.origin },
    body: new URLSearchParams(fields),
    redirect: "manual",
  });
}

const add = () =>
  site.t.deps.db.orm.transaction((tx) =>
    enqueue(tx, { kind: "housekeeping", payload: {}, organizationId: null }),
  );

test("with nothing done and nobody there, the page says why nothing runs", async () => {
  const html = await get("/jobs");
  assert.match(html, /The queue is empty/);
  assert.match(html, /No worker is connected: what is started now will wait/);
  assert.match(html, /Nothing was started or ended in the last 5 minutes/);
  assert.match(await get("/jobs?state=dead"), /There are no dead letters/);
});

test("a queue is paused with a reason, which each waiting job tells, and resumed by a button", async () => {
  const id = await add();
  const paused = await post("/queues/light", [
    ["form", "limit"],
    ["slotsMax", "3"],
    ["reason", "the disk is full"],
    ["paused", "true"],
  ]);
  assert.deepEqual([paused.status, paused.headers.get("location")], [303, "/queues/light"]);
  assert.match(await get(`/jobs/${id}`), /is paused by .{1,80}\(the disk is full\)/s);
  assert.match(await get("/jobs", "job-figures"), /Resume light/);
  assert.equal((await post("/queues/light", [["paused", "false"]])).status, 303);
  const html = await get("/queues/light");
  assert.match(html, /Pause light/);
  assert.match(html, /value="3"/, "the limit is kept");
  const refused = await post("/queues/light", [
    ["form", "limit"],
    ["slotsMax", "-1"],
    ["reason", ""],
  ]);
  assert.equal(refused.status, 422);
  assert.match(await refused.text(), /Nothing was changed/);
  await post("/queues/light", [
    ["form", "limit"],
    ["slotsMax", ""],
    ["reason", ""],
  ]);
});

test("a project's share is changed on its page, which the queue shows, and a wrong one is refused by name", async () => {
  const { project } = site.t.world;
  const path = `/queues/browser/shares/${project.id}`;
  assert.match(await get("/queues/browser"), /No project has anything in this queue/);
  const fields = (over: Record<string, string>): [string, string][] =>
    Object.entries({ weight: "", atOnce: "", rateJobs: "", rateSeconds: "", ...over });
  const changed = await post(path, fields({ weight: "3", rateJobs: "30", rateSeconds: "60" }));
  assert.deepEqual([changed.status, changed.headers.get("location")], [303, "/queues/browser#shares"]);
  const row = (await get("/queues/browser")).replaceAll(/\s+/g, " ");
  assert.match(row, /0 <span class="dim">\/ 64<\/span>.*> ?3 ?<\/td>.*30 in 1 min.*root-/);
  assert.match(await get(path), /name="weight"[^>]*value="3"|value="3"[^>]*name="weight"/);
  for (const [wrong, message] of [
    [{ weight: "0" }, /weight/],
    [{ atOnce: "1.5" }, /atOnce/],
    [{ rateJobs: "5" }, /rate.perMs/],
    [{ rateSeconds: "5" }, /rate.jobs/],
  ] as const) {
    const refused = await post(path, fields(wrong));
    assert.equal(refused.status, 422);
    assert.match(await refused.text(), message);
  }
  assert.equal((await post(path, fields({ weight: "9" }), "alice")).status, 403);
  assert.equal((await post(path, fields({}))).status, 303);
  assert.match(await get("/queues/browser"), /as for all/);
});

test("queues and dead letters are changed by platform administrators only", async () => {
  const id = await makeDeadJob(site.t);
  for (const [path, fields] of [
    ["/queues/light", [["paused", "true"]]],
    [
      "/jobs/dead",
      [
        ["id", id],
        ["act", "discard"],
      ],
    ],
    [`/jobs/${id}/discard`, []],
  ] as [string, [string, string][]][]) {
    assert.equal((await post(path, fields, "alice")).status, 403, path);
  }
  assert.equal((await post(`/jobs/${id}/discard`, [])).status, 303);
  assert.match(await get(`/jobs/${id}`), /discarded by/);
});

test("dead letters that are chosen, or all that match by their number, are dealt with and leave the list", async () => {
  const ids = [await makeDeadJob(site.t), await makeDeadJob(site.t), await makeDeadJob(site.t)];
  const chosen = await post("/jobs/dead", [
    ["id", ids[0] ?? ""],
    ["act", "discard"],
  ]);
  assert.equal(chosen.status, 303);
  assert.match(await get(chosen.headers.get("location") ?? ""), /1 dead letter was discarded/);
  const wrong = await post("/jobs/dead", [
    ["expected", "7"],
    ["act", "replay"],
  ]);
  assert.equal(wrong.status, 409);
  assert.match(await wrong.text(), /2 dead jobs match now, not 7/);
  const all = await post("/jobs/dead", [
    ["expected", "2"],
    ["act", "replay"],
    ["q", "failed three"],
  ]);
  assert.equal(all.headers.get("location"), "/jobs?state=dead&q=failed+three&acted=replay&count=2");
  assert.match(await get("/jobs?state=dead"), /There are no dead letters/);
  assert.match(await get("/jobs?state=dead&handled=true"), /tried again as another job/);
  const none = await post("/jobs/dead", [["act", "replay"]]);
  assert.equal(none.status, 409);
  const again = await post("/jobs/dead", [
    ["id", ids[1] ?? ""],
    ["act", "replay"],
  ]);
  assert.match(await again.text(), /has dealt with it/);
});

test("the list is filtered by its address, and a wrong filter is refused by name", async () => {
  const id = await add();
  for (const query of ["state=ready", "kind=housekeeping", "queue=light"]) {
    assert.ok((await get(`/jobs?${query}`, "job-list")).includes(id), query);
  }
  for (const query of ["state=dead", "kind=execution", "queue=browser", "q=nothing"]) {
    assert.ok(!(await get(`/jobs?${query}`, "job-list")).includes(id), query);
  }
  const cookie = await site.t.cookie("root");
  const response = await fetch(`${site.origin}/jobs?queue=nonsense`, { headers: { cookie } });
  assert.equal(response.status, 422);
});

const waiting = `document.querySelector('#job-figures a[href*="state=ready"] b').textContent`;

test("figures and list follow what happens, and what was chosen stays chosen", async () => {
  const { page, complaints, close } = await openPage(browser, site, "root");
  page.setDefaultTimeout(30_000);
  try {
    const first = await add();
    await page.goto(`${site.origin}/jobs`, { waitUntil: "load" });
    const second = await add();
    await page.waitForFunction(`document.querySelector("#job-list").innerHTML.includes("${second}")`);
    await page.waitForFunction(`${waiting} === "2"`);
    assert.ok(await page.$(`#job-list a[href="/jobs/${first}"]`));

    await page.select('select[name="kind"]', "housekeeping");
    await page.waitForSelector('#job-figures a[href="/jobs?kind=housekeeping&state=ready"]');

    await makeDeadJob(site.t);
    await makeDeadJob(site.t);
    await page.goto(`${site.origin}/jobs?state=dead`, { waitUntil: "load" });
    await page.click("[data-check-all]");
    await add();
    await page.waitForFunction(`${waiting} === "3"`);
    assert.equal(await page.$$eval(".choose:checked", (boxes) => boxes.length), 2);
    await page.click('#dead-chosen button[value="discard"]');
    const yes = await page.waitForSelector("dialog[open] .btn-danger");
    assert.match((await page.$eval("dialog[open] p", (p) => p.textContent)) ?? "", /that are chosen/);
    await Promise.all([page.waitForNavigation({ waitUntil: "load" }), yes?.click()]);
    assert.match(
      (await page.$eval("main", (main) => main.textContent)) ?? "",
      /2 dead letters were discarded/,
    );
    assert.deepEqual(complaints, []);
  } finally {
    await close();
  }
});
