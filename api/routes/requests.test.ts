import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { newId } from "../../db/domain/ids.ts";
import { makeTestCase } from "../../db/testing/factories.ts";
import { publicUrl, type TestApp, testApp } from "../testing/app.ts";
import { assertFaults, assertProblem } from "../testing/common.ts";
import {
  type Fixture,
  makeArtifact,
  makeDeadJob,
  makeExecution,
  makeFixture,
  pictureBytes,
} from "../testing/fixture.ts";
import { disposition } from "./artifacts.ts";

let t: TestApp;
let f: Fixture;
before(async () => {
  t = await testApp();
  f = await makeFixture(t);
});
after(() => t?.close());

describe("Idempotency-Key", () => {
  const send = (key: string, name: string) =>
    t.call("alice", "POST", "/organizations", { name }, { headers: { "idempotency-key": key } });

  it("makes a repeated request harmless: one row, one answer", async () => {
    const [key, name] = [newId(), newId()];
    const first = await send(key, name);
    const second = await send(key, name);
    assert.equal(first.headers.get("idempotent-replayed"), null);
    assert.equal(second.headers.get("idempotent-replayed"), "true");
    assert.equal(second.status, 201);
    assert.deepEqual(second.body, first.body);
  });

  it("carries out one of many twins that are sent at once, and answers all of them the same", async () => {
    const [key, name] = [newId(), newId()];
    const answers = await Promise.all(Array.from({ length: 30 }, () => send(key, name)));
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201]);
    assert.equal(new Set(answers.map(({ headers }) => headers.get("location"))).size, 1);
    const repeated = answers.filter(({ headers }) => headers.get("idempotent-replayed") === "true");
    assert.equal(repeated.length, 29);
  });

  it("refuses the key of another request, but not another person's", async () => {
    const key = newId();
    const twins = await Promise.all([send(key, newId()), send(key, newId())]);
    const [refused, ...others] = twins.filter(({ status }) => status !== 201);
    assert.ok(refused);
    assert.equal(others.length, 0, "one of them is carried out, whichever was first");
    assertProblem(refused, 422, "idempotency-mismatch");
    assertProblem(await send(key, newId()), 422, "idempotency-mismatch");
    const options = { headers: { "idempotency-key": key } };
    assert.equal((await t.call("bob", "POST", "/organizations", { name: newId() }, options)).status, 201);
  });

  it("works where one request has many parts, each of which may be refused", async () => {
    const jobs = [await makeDeadJob(t), newId(), await makeDeadJob(t)];
    const options = { headers: { "idempotency-key": newId() } };
    const replay = () => t.call("root", "POST", "/jobs/replay", { ids: jobs }, options);
    const first = await replay();
    assert.deepEqual([first.body.done, first.body.refusedCount], [2, 1]);
    assert.equal((await replay()).text, first.text);
  });

  it("works where the installation acts in an organization that is not the caller's", async () => {
    const execution = await makeExecution(t);
    const [job] = await t.database.db.sql`select id from outbox where unique_key = ${execution.id}`;
    const options = { headers: { "idempotency-key": newId() } };
    const cancel = () => t.call("root", "POST", `/jobs/${job?.id}/cancel`, undefined, options);
    const first = await cancel();
    assert.deepEqual([first.status, first.body.state], [202, "cancelled"]);
    assert.equal((await cancel()).text, first.text);
    assert.equal((await t.call("alice", "GET", `/executions/${execution.id}`)).body.status, "cancelled");
  });

  it("is free again after a request that was refused", async () => {
    const key = newId();
    assertFaults(await send(key, ""), ["name"]);
    assert.equal((await send(key, newId())).status, 201);
  });

  it("must be of a sane form", async () => {
    assertFaults(await send("x".repeat(201), newId()), ["Idempotency-Key"]);
    assertFaults(await send("with space", newId()), ["Idempotency-Key"]);
  });
});

describe("a test case", () => {
  it("has its version as ETag, which a change can demand", async () => {
    const { id } = await makeTestCase(t.world.as.alice, t.world.project.id);
    const got = await t.call("alice", "GET", `/test-cases/${id}`);
    assert.equal(got.headers.get("etag"), '"v1"');
    const change = (tag: string, name: string) =>
      t.call("alice", "PATCH", `/test-cases/${id}`, { name }, { headers: { "if-match": tag } });
    const changed = await change('"v1"', "Second");
    assert.equal(changed.body.version, 2);
    assert.equal(changed.headers.get("etag"), '"v2"');
    assertProblem(await change('"v1"', "Third"), 412, "precondition-failed");
    assertProblem(await change("nonsense", "Third"), 412, "precondition-failed");
    assert.equal((await change("*", "Third")).status, 200);
    const stale = { name: "Fourth", expectedVersion: 1 };
    assertProblem(await t.call("alice", "PATCH", `/test-cases/${id}`, stale), 409, "conflict");
  });

  it("goes to the archive and back", async () => {
    const { id } = await makeTestCase(t.world.as.alice, t.world.project.id);
    const path = `/test-cases/${id}`;
    const archived = await t.call("alice", "PATCH", path, { archived: true });
    assert.ok(archived.body.archivedAt);
    const restored = await t.call("alice", "PATCH", path, { archived: false });
    assert.equal(restored.body.archivedAt, null);
    await t.call("alice", "DELETE", path);
    assert.ok((await t.call("alice", "GET", path)).body.archivedAt);
  });

  it("names the step and the field that are wrong", async () => {
    const body = {
      projectId: t.world.project.id,
      name: "Wrong",
      steps: [
        { type: "goto", url: "/" },
        { type: "click" },
        { type: "dance" },
        { type: "fill", target: "a", valu: "x" },
      ],
    };
    const answer = await t.call("alice", "POST", "/test-cases", body);
    assertProblem(answer, 422, "invalid-input");
    const paths = (answer.body.errors as { path: string }[]).map(({ path }) => path);
    for (const path of ["steps.1.target", "steps.2.type", "steps.3.valu"])
      assert.ok(paths.includes(path), path);
  });

  it("comes from a recording with a line for each step, and goes out as YAML that comes in again", async () => {
    const recording = {
      title: "Buys a thing",
      steps: [
        {
          type: "setViewport",
          width: 800,
          height: 600,
          deviceScaleFactor: 1,
          isMobile: false,
          hasTouch: false,
          isLandscape: false,
        },
        { type: "navigate", url: "https://shop.example.com/" },
        { type: "click", selectors: [["aria/Buy"], ["#buy"]], offsetX: 5, offsetY: 5 },
      ],
    };
    const projectId = t.world.project.id;
    for (const content of [recording, JSON.stringify(recording)]) {
      const { body } = await t.call("alice", "POST", "/test-cases/import", { projectId, content });
      assert.equal((body.testCase as { name: string }).name, "Buys a thing");
      assert.equal((body.report as unknown[]).length, 3);
    }
    const content = { title: "Wrong", steps: [{ type: "click", selectors: [["#buy"]] }] };
    const refused = await t.call("alice", "POST", "/test-cases/import", { projectId, content });
    assertProblem(refused, 422, "invalid-input");
    assert.match((refused.body.errors as { path: string }[])[0]?.path ?? "", /^content\.steps\.0/);

    const exported = await t.call("alice", "GET", `/test-cases/${f.testCase.id}/export`);
    assert.match(exported.headers.get("content-type") ?? "", /^application\/yaml/);
    assert.match(exported.headers.get("content-disposition") ?? "", /^attachment; filename="[\w.-]+\.yaml"/);
    const body = { projectId, format: "yaml", content: exported.text, name: "Again" };
    const again = await t.call("alice", "POST", "/test-cases/import", body);
    const testCase = again.body.testCase as { name: string; steps: unknown };
    assert.equal(testCase.name, "Again");
    assert.deepEqual(testCase.steps, f.testCase.steps);
  });
});

describe("an artifact", () => {
  it("that is a picture is shown, privately, once", async () => {
    const path = `/artifacts/${f.artifactId}/content`;
    const { headers, text } = await t.call("alice", "GET", path);
    assert.equal(headers.get("content-type"), "image/png");
    assert.match(headers.get("content-disposition") ?? "", /^inline; filename="page.png"/);
    assert.match(headers.get("content-security-policy") ?? "", /^sandbox; default-src 'none'/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.match(headers.get("cache-control") ?? "", /^private/);
    assert.equal(headers.get("content-length"), String(pictureBytes.length));
    assert.ok(text.includes("PNG"));
    const etag = headers.get("etag") ?? "";
    const again = await t.call("alice", "GET", path, undefined, { headers: { "if-none-match": etag } });
    assert.equal(again.status, 304);
    const foreign = await t.call("charlie", "GET", path, undefined, { headers: { "if-none-match": etag } });
    assertProblem(foreign, 404, "not-found");
  });

  it("that a page made is a download, whatever its type and name", async () => {
    const name = 'x"; filename="evil.html\r\nSet-Cookie: a=b\r\n.html';
    for (const contentType of ["text/html", "image/svg+xml", "application/pdf"]) {
      const bytes = new TextEncoder().encode("<script>alert(1)</script>");
      const id = await makeArtifact(t, f.execution, { name, contentType, bytes });
      const { headers } = await t.call("alice", "GET", `/artifacts/${id}/content`);
      assert.equal(headers.get("content-type"), "application/octet-stream");
      assert.match(
        headers.get("content-disposition") ?? "",
        /^attachment; filename="[\w.-]+"; filename\*=UTF-8''[\w.%-]+$/,
      );
      assert.equal(headers.get("set-cookie"), null);
    }
  });

  it("whose bytes are gone is not found", async () => {
    const id = await makeArtifact(t, f.execution, { name: "gone.png", contentType: "image/png" });
    const store = t.blobs as { get: unknown };
    const { get } = store;
    store.get = async () => null;
    try {
      assertProblem(await t.call("alice", "GET", `/artifacts/${id}/content`), 404, "not-found");
    } finally {
      store.get = get;
    }
  });

  it("shown by a page does not use up what the API allows", async () => {
    const cookie = await t.cookie("alice");
    const { headers } = await t.app.request(`${publicUrl}/api/v1/artifacts/${f.artifactId}/content`, {
      headers: { cookie },
    });
    assert.equal(headers.get("ratelimit-limit"), null);
  });

  it("has a name that any header can hold", () => {
    assert.equal(
      disposition("inline", "Ü ber/ü.png"),
      "inline; filename=\"_ber_.png\"; filename*=UTF-8''%C3%9C%20ber%2F%C3%BC.png",
    );
    assert.equal(disposition("inline", ""), "inline; filename=\"file\"; filename*=UTF-8''");
    assert.match(disposition("inline", "\ud800"), /filename\*=UTF-8''%EF%BF%BD$/);
  });
});

it("a run started with a cookie is a person's, one started with a token a program's", async () => {
  const run = await t.call("alice", "POST", `/test-suites/${f.suite.id}/execute`);
  assert.equal(run.body.trigger, "api");
  assert.equal(run.headers.get("location"), `/api/v1/runs/${run.body.id}`);
  const response = await t.app.request(`${publicUrl}/api/v1/test-suites/${f.suite.id}/execute`, {
    method: "POST",
    headers: { cookie: await t.cookie("alice"), "sec-fetch-site": "same-origin" },
  });
  assert.equal(response.status, 202);
  assert.equal(((await response.json()) as { trigger: string }).trigger, "manual");
});

it("a list is walked page by page without a row twice or left out", async () => {
  const ids = new Set<string>();
  for (let i = 0; i < 5; i++) ids.add((await makeTestCase(t.world.as.charlie, t.world.foreign.id)).id);
  const seen: string[] = [];
  let cursor: unknown = "";
  while (cursor !== null) {
    const query = `projectId=${t.world.foreign.id}&limit=2${cursor ? `&cursor=${encodeURIComponent(String(cursor))}` : ""}`;
    const { body } = await t.call("charlie", "GET", `/test-cases?${query}`);
    seen.push(...(body.items as { id: string }[]).map(({ id }) => id));
    cursor = body.nextCursor;
  }
  assert.deepEqual(new Set(seen), ids);
  assert.equal(seen.length, ids.size);
  assertFaults(
    await t.call("charlie", "GET", `/test-cases?projectId=${t.world.foreign.id}&cursor=nonsense`),
    ["cursor"],
  );
  assertFaults(await t.call("charlie", "GET", `/test-cases?projectId=${t.world.foreign.id}&limit=1000`), [
    "limit",
  ]);
});
