import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { makeProject } from "../../db/testing/factories.ts";
import { type TestApp, testApp } from "../testing/app.ts";

let t: TestApp;
before(async () => {
  t = await testApp();
});
after(() => t?.close());

const exported = (format: string, query = "") =>
  t.call("alice", "GET", `/organizations/${t.world.a.id}/audit-logs/export?format=${format}${query}`);

test("no cell of the CSV is a formula, whatever people call things", async () => {
  const hostile = ['=HYPERLINK("http://evil.test")', "+1", "-1", "@SUM(A1)", "\t=1"];
  for (const userAgent of hostile) {
    await makeProject({ ...t.world.as.alice, userAgent }, t.world.a.id);
  }
  const answer = await exported("csv", "&entity=project");
  assert.equal(answer.headers.get("content-type"), "text/csv; charset=utf-8");
  assert.match(answer.headers.get("content-disposition") ?? "", /^attachment; filename="audit-.*\.csv"$/);
  const lines = answer.text.trimEnd().split("\r\n");
  assert.match(lines[0] ?? "", /^at,actor,actorId,action,/);
  assert.equal(lines.length, 1 + hostile.length + 1);
  for (const userAgent of hostile) {
    const cell = `'${userAgent}`.replaceAll('"', '""');
    assert.ok(answer.text.includes(`,${cell},`) || answer.text.includes(`,"${cell}",`), userAgent);
  }
  assert.doesNotMatch(answer.text, /(?:^|,)"?[=+\-@\t]/m);
});

test("the JSON is a list of what the endpoint of the list answers, also when there is nothing", async () => {
  const answer = await exported("json", "&entity=project");
  const { body } = await t.call(
    "alice",
    "GET",
    `/organizations/${t.world.a.id}/audit-logs?entity=project&limit=200`,
  );
  assert.deepEqual(JSON.parse(answer.text), body.items);
  assert.deepEqual(JSON.parse((await exported("json", "&entity=nothing")).text), []);
});

test("who may not read it is told so instead of being given a file", async () => {
  const path = `/organizations/${t.world.a.id}/audit-logs/export?format=csv`;
  assert.equal((await t.call("bob", "GET", path)).status, 403);
  assert.equal((await t.call("charlie", "GET", path)).status, 404);
});
