import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { sql } from "drizzle-orm";
import { limits } from "../../db/domain/limits.ts";
import { setTenant } from "../../db/services/context.ts";
import { type TestApp, testApp } from "../testing/app.ts";
import { assertFaults, assertProblem } from "../testing/common.ts";
import { type Fixture, makeFixture } from "../testing/fixture.ts";

let t: TestApp;
let f: Fixture;
const more = limits.pageSizeMax + 5;

before(async () => {
  t = await testApp();
  f = await makeFixture(t);
  await t.database.db.orm.transaction(async (tx) => {
    await setTenant(tx, [f.run.organizationId], null);
    await tx.execute(sql`
      insert into execution (id, organization_id, project_id, run_id, test_case_id, version, test_case_name, browser, viewport, status)
      select gen_random_uuid(), organization_id, project_id, run_id, test_case_id, version, '=1+1', browser, viewport, 'queued'
      from execution, generate_series(1, ${more}) where run_id = ${f.run.id}`);
  });
});
after(() => t?.close());

const read = (format: string, who: "alice" | "charlie" = "alice") =>
  t.call(who, "GET", `/runs/${f.run.id}/report?format=${format}`);

it("a report has every execution of the run, however many pages that are", async () => {
  const count = more + 1;
  const json = await read("json");
  assert.equal((json.body as { executions: unknown[] }).executions.length, count);
  const ctrf = await read("ctrf");
  assert.equal((ctrf.body as { results: { tests: unknown[] } }).results.tests.length, count);
  assert.equal((await read("junit")).text.match(/<testcase /g)?.length, count);
  assert.equal((await read("csv")).text.trim().split("\r\n").length, count + 1);
});

it("it is a file with a name and a type, and no cell of its table is a formula", async () => {
  const { headers, text } = await read("csv");
  assert.match(headers.get("content-disposition") ?? "", /^attachment; filename="run-[\w-]+\.csv"$/);
  assert.match(headers.get("content-type") ?? "", /^text\/csv/);
  assert.match(text, /,'=1\+1,/);
  assert.equal((await read("junit")).headers.get("content-type"), "application/octet-stream");
});

it("a form that there is not is refused by name, and another tenant's run is unknown", async () => {
  assertFaults(await read("docx"), ["format"]);
  assertProblem(await read("junit", "charlie"), 404, "not-found");
});
