import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Hono } from "hono";
import { AppError } from "../db/domain/errors.ts";
import { getProject } from "../db/services/projects.ts";
import type { WebEnv } from "../web/index.tsx";
import { type Answer, publicUrl, read, type TestApp, testApp } from "./testing/app.ts";
import { assertFaults, assertProblem } from "./testing/common.ts";

let t: TestApp;
before(async () => {
  t = await testApp({ web: pages(), metricsToken: "a token of the scraper" });
});
after(() => t?.close());

/** Pages that do what pages may: show, take a form, fail. */
function pages(): Hono<WebEnv> {
  const web = new Hono<WebEnv>();
  web.get("/", (c) => c.html(`<p>${c.get("ctx") ? "in" : "out"}</p>`));
  web.post("/form", async (c) => c.text(String((await c.req.formData()).get("name"))));
  web.get("/broken", () => {
    throw new Error("the password is hunter2");
  });
  web.get("/refused", () => {
    throw new AppError("conflict", "somebody else was faster");
  });
  return web;
}

async function get(path: string, headers: Record<string, string> = {}, env?: unknown): Promise<Answer> {
  return read(await t.app.request(`${publicUrl}${path}`, { headers }, env as object));
}

async function post(
  path: string,
  headers: Record<string, string>,
  body: string | undefined = undefined,
): Promise<Answer> {
  const init: RequestInit = { method: "POST", headers, ...(body === undefined ? {} : { body }) };
  return read(await t.app.request(`${publicUrl}${path}`, init));
}

const json = { "content-type": "application/json" };

describe("every answer", () => {
  it("forbids scripts of others, frames, sniffing and inline styles", async () => {
    for (const path of ["/", "/nothing", "/api/v1/users/me", "/api/v1/nothing", "/health/live"]) {
      const { headers } = await get(path);
      const policy = headers.get("content-security-policy") ?? "";
      for (const part of [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
      ]) {
        assert.ok(policy.split("; ").includes(part), `${path}: ${policy}`);
      }
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.equal(headers.get("referrer-policy"), "same-origin");
      assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
      assert.equal(headers.get("cross-origin-resource-policy"), "same-origin");
      assert.equal(headers.get("strict-transport-security"), null);
    }
  });

  it("carries the request's id: the caller's when it is sane, else a new one", async () => {
    const given = await get("/health/live", { "x-request-id": "trace-0123456789" });
    assert.equal(given.headers.get("x-request-id"), "trace-0123456789");
    for (const id of ["short", "with spaces in it", "x".repeat(65), '"quoted-quoted"']) {
      const { headers } = await get("/health/live", { "x-request-id": id });
      assert.match(headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
    }
  });

  it("is logged in one line with its route's pattern, who asked and how it ended", async () => {
    const before = t.lines.length;
    await t.call("alice", "GET", `/projects/${t.world.project.id}?x=secret`);
    const lines = t.lines.slice(before);
    assert.equal(lines.length, 1);
    const [line] = lines;
    assert.equal(line?.route, "/api/v1/projects/:id");
    assert.equal(line?.path, `/api/v1/projects/${t.world.project.id}`);
    assert.equal(line?.status, 422);
    assert.equal(line?.code, "invalid-input");
    assert.equal(line?.actor, t.people.alice.id);
    assert.equal(line?.address, "192.0.2.1");
    assert.ok(!JSON.stringify(line).includes("secret"));
    await get("/api/v1/nothing/at/all", { authorization: await t.bearer("alice") });
    assert.equal(t.lines.at(-1)?.route, "unmatched");
  });
});

describe("errors", () => {
  it("are problems for programs and pages for people", async () => {
    assertProblem(await t.call("alice", "GET", "/nothing"), 404, "not-found");
    const page = await get("/nothing");
    assert.equal(page.status, 404);
    assert.match(page.headers.get("content-type") ?? "", /^text\/plain/);
    assert.equal((await get("/refused")).status, 409);
  });

  it("never show what is inside; the log does", async () => {
    const answer = await get("/broken");
    assert.equal(answer.status, 500);
    assert.ok(!answer.text.includes("hunter2"), answer.text);
    const line = t.lines.at(-1);
    assert.equal(line?.level, "error");
    assert.match(String((line?.error as Error | undefined)?.message), /hunter2/);
  });

  it("say what is wrong with JSON that is none, too deep, or not storable", async () => {
    const projectId = t.world.project.id;
    assertFaults(await t.call("alice", "POST", "/test-cases", "{"), [""]);
    assertFaults(await t.call("alice", "POST", "/test-cases", "["), [""]);
    assertFaults(await t.call("alice", "POST", "/test-cases", "[".repeat(100_000)), [""]);
    assertFaults(await t.call("alice", "POST", "/test-cases"), [""]);
    for (const text of ["\\u0000", "\\ud800"]) {
      const body = `{"projectId":"${projectId}","name":"x","steps":[{"type":"goto","url":"/${text}"}]}`;
      assertFaults(await t.call("alice", "POST", "/test-cases", body), ["steps.0.url"]);
    }
    assertFaults(await t.call("alice", "GET", `/test-cases?projectId=${projectId}&search=%00`), ["search"]);
    const name = '{"organizationId":"ID","name":"\\ud83d\\ude00"}'.replace("ID", t.world.a.id);
    assert.equal((await t.call("alice", "POST", "/projects", name)).status, 201);
  });

  it("refuse a body of more than 1 MB, with and without a length, and of more than 5 MB on import", async () => {
    const large = JSON.stringify({ name: "x".repeat(1_100_000) });
    assertProblem(await t.call("alice", "POST", "/test-cases", large), 413, "too-large");
    const declared = { headers: { "content-length": "9000000" } };
    assertProblem(await t.call("alice", "POST", "/test-cases", "{}", declared), 413, "too-large");
    assertFaults(await t.call("alice", "POST", "/test-cases/import", large), [
      "content",
      "name",
      "projectId",
    ]);
    const huge = JSON.stringify({ content: "x".repeat(5_100_000) });
    assertProblem(await t.call("alice", "POST", "/test-cases/import", huge), 413, "too-large");
  });
});

describe("who asks", () => {
  it("is known by a session's cookie, on pages and in the API", async () => {
    const cookie = await t.cookie("alice");
    assert.equal((await get("/", { cookie })).text, "<p>in</p>");
    assert.equal((await get("/")).text, "<p>out</p>");
    assert.equal((await get("/api/v1/users/me", { cookie })).body.email, t.people.alice.email);
  });

  it("is nobody with a broken Authorization header, even beside a good cookie", async () => {
    const cookie = await t.cookie("alice");
    for (const authorization of ["Bearer nonsense", "Basic YTpi", "nonsense", "Bearer ", ""]) {
      assertProblem(await get("/api/v1/users/me", { cookie, authorization }), 401, "unauthenticated");
    }
  });

  it("is nobody any more when the session has ended or the account is disabled", async () => {
    const cookie = await t.cookie("bob");
    const origin = { origin: publicUrl };
    const ended = await post("/api/v1/auth/logout", { cookie, ...origin });
    assert.equal(ended.status, 204);
    assert.match(ended.headers.get("set-cookie") ?? "", /verdict_session=;/);
    assertProblem(await get("/api/v1/users/me", { cookie }), 401, "unauthenticated");
  });

  it("is the address that a trusted proxy names, and the peer's otherwise", async () => {
    const trusting = await testApp({
      peerAddress: (env) => String((env as { peer?: string }).peer ?? "192.0.2.9"),
      isTrustedProxy: (address) => address.startsWith("10."),
    });
    const addressOf = async (peer: string, forwarded: string) => {
      await trusting.app.request(
        `${publicUrl}/health/live`,
        { headers: { "x-forwarded-for": forwarded } },
        { peer },
      );
      return trusting.lines.at(-1)?.address;
    };
    assert.equal(await addressOf("10.0.0.1", "203.0.113.7, 198.51.100.1"), "198.51.100.1");
    assert.equal(await addressOf("10.0.0.1", "203.0.113.7, 198.51.100.1, 10.0.0.2"), "198.51.100.1");
    assert.equal(await addressOf("192.0.2.9", "203.0.113.7"), "192.0.2.9");
    assert.equal(await addressOf("::ffff:10.0.0.1", "nonsense"), "10.0.0.1");
    await trusting.close();
  });
});

describe("a request of another site", () => {
  it("is refused when it rides on the cookie, whatever it says or leaves out", async () => {
    const cookie = await t.cookie("alice");
    const foreign: Record<string, string>[] = [
      {},
      { origin: "http://evil.test" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "none" },
      { "sec-fetch-site": "same-origin", origin: "http://evil.test" },
      { origin: "http://verdict.test.evil.test" },
    ];
    for (const headers of foreign) {
      const body = JSON.stringify({ name: "Stolen" });
      const answer = await post("/api/v1/organizations", { cookie, ...json, ...headers }, body);
      assertProblem(answer, 403, "origin-refused");
      const form = { cookie, "content-type": "application/x-www-form-urlencoded", ...headers };
      assert.equal((await post("/form", form, "name=x")).status, 403);
    }
  });

  it("cannot sign a victim in with the attacker's account either", async () => {
    const body = JSON.stringify({ email: "a@example.com", password: "x" });
    const answer = await post("/api/v1/auth/login", { ...json, origin: "http://evil.test" }, body);
    assertProblem(answer, 403, "origin-refused");
  });

  it("is told from one of our own pages, and from a program with a token", async () => {
    const cookie = await t.cookie("alice");
    const own: Record<string, string>[] = [
      { origin: publicUrl },
      { "sec-fetch-site": "same-origin" },
      { "sec-fetch-site": "same-origin", origin: "null" },
      { origin: "http://127.0.0.1:3000", host: "127.0.0.1:3000" },
    ];
    for (const headers of own) {
      const form = { cookie, "content-type": "application/x-www-form-urlencoded", ...headers };
      assert.equal((await post("/form", form, "name=x")).text, "x", JSON.stringify(headers));
    }
    const name = JSON.stringify({ name: "By a program" });
    const authorization = await t.bearer("alice");
    assert.equal((await post("/api/v1/organizations", { ...json, authorization }, name)).status, 201);
  });

  it("can't send JSON or plain text to a page", async () => {
    const headers = { cookie: await t.cookie("alice"), origin: publicUrl };
    assert.equal((await post("/form", { ...headers, ...json }, "{}")).status, 415);
    assert.equal((await post("/form", { ...headers, "content-type": "text/plain" }, "name=x")).status, 415);
  });
});

describe("metrics", () => {
  it("are for the scraper's token and for platform administrators", async () => {
    assert.equal((await get("/metrics", { authorization: "Bearer a token of the scraper" })).status, 200);
    assertProblem(await get("/metrics", { authorization: "Bearer another token" }), 401, "unauthenticated");
    assertProblem(await get("/metrics"), 401, "unauthenticated");
    assertProblem(await get("/metrics", { authorization: await t.bearer("alice") }), 403, "forbidden");
    const answer = await get("/metrics", { authorization: await t.bearer("root") });
    assert.match(answer.text, /^verdict_up 1/);
  });

  it("are for this machine where there is no token, unless a proxy stands between", async () => {
    const open = await testApp({ peerAddress: (env) => String((env as { peer: string }).peer) });
    const ask = async (peer: string, headers: Record<string, string> = {}) =>
      (await open.app.request(`${publicUrl}/metrics`, { headers }, { peer })).status;
    assert.equal(await ask("127.0.0.1"), 200);
    assert.equal(await ask("::ffff:127.0.0.1"), 200);
    assert.equal(await ask("::1"), 200);
    assert.equal(await ask("127.0.0.1", { "x-forwarded-for": "203.0.113.7" }), 401);
    assert.equal(await ask("203.0.113.7"), 401);
    await open.close();
  });
});

describe("a database that is away", () => {
  it("makes requests 503 with a time to come back, and says nothing of itself", async () => {
    const away = await testApp();
    const token = await away.bearer("alice");
    await away.database.drop();
    const answer = await read(
      await away.app.request(`${publicUrl}/api/v1/users/me`, { headers: { authorization: token } }),
    );
    assertProblem(answer, 503, "unavailable");
    assert.equal(answer.headers.get("retry-after"), "2");
    const ready = await away.app.request(`${publicUrl}/health/ready`);
    assert.equal(ready.status, 503);
    assert.equal((await away.app.request(`${publicUrl}/health/live`)).status, 200);
    const whole = await read(
      await away.app.request(`${publicUrl}/health`, { headers: { authorization: token } }),
    );
    assert.equal(whole.status, 503);
    assert.equal(whole.body.status, "critical");
    await away.close();
  });
});

describe("https", () => {
  it("is insisted on where the public address has it", async () => {
    const secure = await testApp({ publicUrl: "https://verdict.test" });
    const { headers } = await secure.app.request("https://verdict.test/health/live");
    assert.match(headers.get("strict-transport-security") ?? "", /max-age=\d{8}; includeSubDomains/);
    await secure.close();
  });
});

it("a verb's own refusal is what the caller sees", async () => {
  await assert.rejects(getProject(t.world.as.charlie, t.world.project.id), { code: "not-found" });
  assertProblem(await t.call("charlie", "GET", `/projects/${t.world.project.id}`), 404, "not-found");
});
