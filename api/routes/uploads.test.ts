import assert from "node:assert/strict";
import { it } from "node:test";
import { createWeb } from "../../web/index.tsx";
import { openRateLimits } from "../limits.ts";
import { publicUrl, testApp } from "../testing/app.ts";

const content = JSON.stringify({
  title: "Opens",
  steps: [{ type: "navigate", url: "https://example.com/" }],
});

it("of forty files that come at once twenty are kept, on the page and over the API together", async () => {
  const limits = openRateLimits({ redis: null, sql: null, most: { api: 1_000 } });
  const base = await testApp({ limits });
  const { db, sessions, blobs, keys } = base.deps;
  const web = createWeb({
    db,
    sessions,
    blobs,
    keys,
    publicUrl,
    sendsMail: false,
    signOn: null,
    version: "test",
  });
  const t = await testApp({ limits, web });
  try {
    const projectId = t.world.project.id;
    const imported = () => t.call("alice", "POST", "/test-cases/import", { projectId, content });
    const first = await imported();
    assert.equal(first.status, 201, first.text);
    assert.equal(first.headers.get("ratelimit-limit"), "20");
    assert.equal(first.headers.get("ratelimit-remaining"), "19");
    assert.match(first.headers.get("ratelimit-policy") ?? "", /^"uploads";q=20;w=3600$/);
    const headers = { cookie: await t.cookie("alice"), origin: publicUrl };
    const sent = async () => {
      const body = new FormData();
      body.set("file", new File([content], "recording.json"));
      return t.app.request(`${publicUrl}/projects/${projectId}/import`, { method: "POST", headers, body });
    };
    const answers = await Promise.all(Array.from({ length: 39 }, (_, n) => (n % 2 ? sent() : imported())));
    const count = (...wanted: number[]) => answers.filter(({ status }) => wanted.includes(status)).length;
    assert.equal(count(200, 201), 19);
    assert.equal(count(429), 20);
    const over = answers.find(({ status }) => status === 429);
    assert.ok(Number(over?.headers.get("retry-after")) > 0);
    assert.match((await imported()).text, /more than 20 files in an hour/);
    const kept = await t.call("alice", "GET", `/test-cases?projectId=${projectId}&limit=200`);
    assert.equal((kept.body.items as unknown[]).length, 20);
    // Reading and everything else goes on, and so do others.
    assert.equal((await t.call("bob", "POST", "/test-cases/import", { projectId, content })).status, 201);
  } finally {
    await t.close();
    await base.close();
  }
});
