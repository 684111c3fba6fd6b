import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { newId } from "../../db/domain/ids.ts";
import { publicPaths } from "../middleware/identity.ts";
import { type Person, type TestApp, testApp } from "../testing/app.ts";
import { assertFaults, assertProblem } from "../testing/common.ts";
import { answerCommands, makeFixture } from "../testing/fixture.ts";
import { type Case, matrixCases } from "../testing/matrix-cases.ts";
import type { EndpointSpec } from "./endpoint.ts";

let t: TestApp;
let cases: Record<string, Case>;
before(async () => {
  t = await testApp();
  cases = matrixCases(t, await makeFixture(t));
  await answerCommands(t);
});
after(() => t.close());

const isPublic = (spec: EndpointSpec) => publicPaths.has(`/api/v1${spec.path}`);
const guarded = () => t.endpoints.filter((spec) => !isPublic(spec));
const withIds = (path: string, id: string) =>
  path
    .replace("{version}", "1")
    .replace("{name}", "name")
    .replaceAll(/\{\w+\}/g, id);

async function send(who: Person | null, spec: EndpointSpec) {
  const known = cases[spec.id];
  assert.ok(known, `${spec.id} has no case`);
  const path = await known.path();
  return t.call(who, spec.method.toUpperCase(), path, await known.body?.());
}

describe("every endpoint", () => {
  it("has a case here, and every case an endpoint", () => {
    const ids = guarded().map(({ id }) => id);
    assert.deepEqual(Object.keys(cases).sort(), ids.sort());
  });

  it("answers as documented to those who may", async (test) => {
    for (const spec of guarded()) {
      await test.test(spec.id, async () => {
        const answer = await send(cases[spec.id]?.as ?? "alice", spec);
        assert.equal(answer.status, spec.status, answer.text);
      });
    }
  });

  it("answers 401 without credentials, whatever else is wrong", async () => {
    for (const spec of guarded()) {
      const path = withIds(spec.path, newId());
      const answer = await t.call(
        null,
        spec.method.toUpperCase(),
        path,
        spec.body ? { nonsense: 1 } : undefined,
      );
      assertProblem(answer, 401, "unauthenticated");
      assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/);
    }
  });

  it("hides what belongs to another organization", async (test) => {
    for (const spec of guarded()) {
      await test.test(spec.id, async () => {
        const answer = await send("charlie", spec);
        assert.equal(answer.status, cases[spec.id]?.stranger, answer.text);
        if (answer.status === 404) assertProblem(answer, 404, "not-found");
        assert.ok(
          !answer.text.includes(t.world.a.id) && !answer.text.includes(t.world.project.id),
          answer.text,
        );
      });
    }
  });

  it("refuses a viewer what changes something", async (test) => {
    for (const spec of guarded()) {
      await test.test(spec.id, async () => {
        const answer = await send("dora", spec);
        assert.equal(answer.status, cases[spec.id]?.viewer, answer.text);
        if (answer.status === 403) assertProblem(answer, 403, "forbidden");
      });
    }
  });

  it("answers 404 for an id that no row can have, and for one that no row has", async () => {
    for (const spec of guarded().filter(({ path }) => path.includes("{id}"))) {
      const known = cases[spec.id];
      // With what it needs besides, so that nothing but the id is wrong.
      const query = spec.method === "get" ? /\?.*$/.exec((await known?.path()) ?? "")?.[0] : "";
      for (const id of ["nonsense", "1", newId()]) {
        const body = await known?.body?.();
        const answer = await t.call(
          known?.as ?? "alice",
          spec.method.toUpperCase(),
          `${withIds(spec.path, id)}${query ?? ""}`,
          body,
        );
        assertProblem(answer, 404, "not-found");
      }
    }
  });

  it("refuses a field that it does not know, by its name", async () => {
    for (const spec of t.endpoints.filter(({ method }) => method !== "get")) {
      const known = cases[spec.id];
      const valid = (await known?.body?.()) ?? {};
      const path = withIds(spec.path, newId());
      const who = isPublic(spec) ? null : (known?.as ?? "alice");
      const answer = await t.call(who, spec.method.toUpperCase(), path, { ...valid, surprise: 1 });
      assertProblem(answer, 422, "invalid-input");
      const errors = answer.body.errors as { path: string; message: string }[];
      assert.ok(
        errors.some(({ path, message }) => path === "surprise" && message.includes("surprise")),
        `${spec.id}: ${answer.text}`,
      );
    }
  });

  it("refuses a query parameter that it does not know, or that is given twice", async () => {
    for (const spec of guarded().filter(({ method }) => method === "get")) {
      const known = cases[spec.id];
      const path = (await known?.path()) ?? "";
      const join = path.includes("?") ? "&" : "?";
      const answer = await t.call(known?.as ?? "alice", "GET", `${path}${join}surprise=1`);
      assertFaults(answer, ["surprise"]);
      if (!spec.query) continue;
      const name = Object.keys((spec.query as unknown as { shape: object }).shape)[0] ?? "";
      const twice = await t.call(known?.as ?? "alice", "GET", `${path}${join}${name}=1&${name}=2`);
      assertProblem(twice, 422, "invalid-input");
    }
  });

  it("takes JSON and nothing else", async () => {
    for (const spec of t.endpoints.filter(({ method }) => method !== "get")) {
      const path = withIds(spec.path, newId());
      const who = isPublic(spec) ? null : (cases[spec.id]?.as ?? "alice");
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"]) {
        const answer = await t.call(who, spec.method.toUpperCase(), path, "{}", {
          headers: { "content-type": type },
        });
        assertProblem(answer, 415, "unsupported-media-type");
      }
      const answer = await t.call(who, spec.method.toUpperCase(), path, '{"name": ');
      assertFaults(answer, [""]);
    }
  });
});
