import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import postgres from "postgres";
import type { Browser } from "puppeteer";
import { testApp } from "../api/testing/app.ts";
import { makeArtifact, makeExecution } from "../api/testing/fixture.ts";
import { openBlobs } from "../db/blobs.ts";
import { listArtifacts } from "../db/services/executions.ts";
import { startFaultyStore } from "../db/testing/faulty-store.ts";
import { axeFaults, openPage, startBrowser } from "./testing/browser.ts";
import { pixel, type Seed, seedAll } from "./testing/seed.ts";
import { startSite, type TestSite } from "./testing/server.ts";

let site: TestSite;
let browser: Browser;
let seed: Seed;
let owner: postgres.Sql;
before(async () => {
  site = await startSite();
  browser = await startBrowser();
  seed = await seedAll(site.t, [pixel]);
  owner = postgres(site.t.database.ownerUrl, { max: 1, onnotice: () => {} });
});
after(async () => {
  await owner?.end();
  await browser?.close();
  await site?.close();
});

/** As housekeeping, or a worker without storage, would leave it. */
const change = (statement: string) =>
  owner.begin(async (tx) => {
    await tx`select set_config('app.organizations', ${`{${site.t.world.a.id}}`}, true)`;
    await tx.unsafe(statement);
  });

async function show(path: string): Promise<string> {
  const { page, complaints, close } = await openPage(browser, site, "alice");
  await page.goto(`${site.origin}${path}`);
  const text = await page.$eval("main", (main) => main.textContent ?? "");
  assert.deepEqual(await axeFaults(page), []);
  assert.deepEqual(complaints, []);
  await close();
  return text;
}

test("a picture that is lost is not asked for: its place says why it is missing", async () => {
  const { items } = await listArtifacts(site.t.world.as.alice, seed.failedId);
  assert.ok(items.length > 0);
  await change(`update artifact set lost_reason = 'storage is not available: it failed (ECONNREFUSED)'
    where execution_id = '${seed.failedId}'`);
  const text = await show(`/executions/${seed.failedId}`);
  assert.match(text, /picture of this step is lost: storage is not available: it failed \(ECONNREFUSED\)/);
  const { body } = await site.t.call("alice", "GET", `/artifacts/${items[0]?.id}`);
  assert.match(String(body.lostReason), /ECONNREFUSED/);
  const content = await site.t.call("alice", "GET", `/artifacts/${items[0]?.id}/content`);
  assert.equal(content.status, 404);
  assert.match(String(content.body.detail), /this file is lost: storage is not available/);
});

test("an execution whose log has expired keeps its verdict and says what is gone", async () => {
  await change(`delete from event where execution_id = '${seed.failedId}'`);
  const text = await show(`/executions/${seed.failedId}`);
  assert.match(text, /The log has expired/);
  assert.match(text, /Your card was declined/);
  assert.ok(!/Nothing has happened yet/.test(text));
  const { body } = await site.t.call("alice", "GET", `/executions/${seed.failedId}/logs`);
  assert.deepEqual(body, { items: [], nextAfter: null, expired: true });
  const waiting = await site.t.call("alice", "GET", `/executions/${seed.queuedId}/logs`);
  assert.equal(waiting.body.expired, false);
});

test("while the storage is away a file answers 503 and when to ask again, and tells no address", async () => {
  const store = await startFaultyStore();
  const away = await testApp({ blobs: openBlobs(store.options) });
  try {
    const artifactId = await makeArtifact(away, await makeExecution(away), {
      name: "page.png",
      contentType: "image/png",
    });
    await store.down();
    const answer = await away.call("alice", "GET", `/artifacts/${artifactId}/content`);
    assert.equal(answer.status, 503);
    assert.match(answer.headers.get("retry-after") ?? "", /^[1-9]/);
    assert.ok(!answer.text.includes("127.0.0.1"), answer.text);
  } finally {
    await store.down();
    await away.close();
  }
});
