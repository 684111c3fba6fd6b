import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openBlobs } from "../../db/blobs.ts";
import { policies } from "../../db/outside-calls/policies.ts";
import { OutsideCalls } from "../../db/outside-calls.ts";
import { startFaultyStore } from "../../db/testing/faulty-store.ts";
import { publicUrl, read, type TestApp, testApp } from "../testing/app.ts";
import { healthChecks } from "./checks.ts";
import { type ComponentHealth, components, type HealthCheck, openHealth, worst } from "./health.ts";

const fine = async (): Promise<ComponentHealth> => ({ status: "healthy", message: "fine" });
const checksWith = (over: Partial<Record<(typeof components)[number], HealthCheck>>) =>
  ({ ...Object.fromEntries(components.map((name) => [name, fine])), ...over }) as Record<
    (typeof components)[number],
    HealthCheck
  >;

describe("health", () => {
  it("asks each part at most once within its time, however many want to know", async () => {
    let asked = 0;
    let now = 0;
    const database = async () => {
      asked++;
      return fine();
    };
    const health = openHealth({
      checks: checksWith({ database }),
      onFailure: {},
      isAccepting: () => true,
      now: () => now,
    });
    await Promise.all(Array.from({ length: 20 }, () => health.component("database")));
    now = 1_999;
    await health.all();
    assert.equal(asked, 1);
    now = 2_001;
    await health.component("database");
    assert.equal(asked, 2);
  });

  it("is not held up by a part that does not answer, and says how bad that is", async () => {
    const hanging = () => new Promise<never>(() => undefined);
    const health = openHealth({
      checks: checksWith({ database: hanging, storage: () => Promise.reject(new Error("no disk")) }),
      onFailure: { database: "critical" },
      isAccepting: () => true,
      boundMs: 20,
    });
    const reports = await health.all();
    assert.equal(reports.database.status, "critical");
    assert.equal(reports.storage.status, "degraded");
    assert.equal(reports.storage.message, "no disk");
    assert.equal(worst(Object.values(reports)), "critical");
    assert.equal(await health.isReady(), false);
  });

  it("is not ready from the moment when the process stops, though everything works", async () => {
    let isAccepting = true;
    const health = openHealth({ checks: checksWith({}), onFailure: {}, isAccepting: () => isAccepting });
    assert.equal(await health.isReady(), true);
    isAccepting = false;
    assert.equal(await health.isReady(), false);
  });

  it("of the whole is that of its worst part; what is not there does not count", () => {
    assert.equal(worst([{ status: "optional" }, { status: "healthy" }]), "healthy");
    assert.equal(worst([{ status: "optional" }]), "healthy");
    assert.equal(worst([{ status: "warning" }, { status: "degraded" }, { status: "healthy" }]), "degraded");
  });
});

describe("what is outside", () => {
  it("is shown with its breaker and its last failure when it gives no sign of life", async () => {
    const storage = { ...policies.storage, openMs: 60_000, openMsMax: 60_000 };
    const calls = new OutsideCalls({ policies: { storage } });
    const store = await startFaultyStore();
    const checks = healthChecks({
      db: {} as never,
      blobs: openBlobs(store.options, calls.to("storage")),
      pingRedis: () =>
        calls.to("redis")(() => Promise.reject(new Error("Connection is closed.")), { repeat: false }),
      hasModel: false,
      outside: (dependency) => calls.state(dependency),
      system: () => Promise.reject(new Error("not asked")),
      now: () => new Date(),
    });
    assert.equal((await checks.storage()).status, "healthy");
    await store.down();
    for (let n = 0; n < policies.storage.failuresMax; n++) await checks.storage();
    const { status, message, figures } = await checks.storage();
    assert.equal(status, "degraded");
    assert.match(message, /is not asked for a moment.*last failure: .*ECONNREFUSED/);
    assert.equal(figures?.breaker, "open");
    const redis = await checks.redis();
    assert.equal(redis.status, "warning");
    assert.match(redis.message, /last failure: Connection is closed/);
  });
});

describe("/health", () => {
  let t: TestApp;
  before(async () => {
    t = await testApp();
  });
  after(() => t?.close());
  const get = async (path: string, headers: Record<string, string> = {}) =>
    read(await t.app.request(`${publicUrl}${path}`, { headers }));

  it("answers for the whole, for each part, for life and for readiness", async () => {
    assert.equal((await get("/health/live")).text, '{"status":"live"}');
    assert.equal((await get("/health/ready")).text, '{"status":"ready"}');
    const whole = await get("/health");
    assert.equal(whole.status, 200);
    assert.equal(whole.body.status, "degraded", "no worker is connected");
    assert.deepEqual(Object.keys(whole.body.components as object), [...components]);
    for (const name of components) assert.equal((await get(`/health/${name}`)).status, 200, name);
    assert.equal((await get("/health/nonsense")).status, 404);
    assert.equal((await get("/health/redis")).text, '{"status":"optional"}');
  });

  it("tells reasons and figures to platform administrators alone", async () => {
    const nobodies: Record<string, string>[] = [
      {},
      { authorization: await t.bearer("alice") },
      { authorization: "Bearer nonsense" },
      { cookie: await t.cookie("alice") },
    ];
    for (const headers of nobodies) {
      const { body, text } = await get("/health", headers);
      assert.deepEqual(Object.keys(body), ["status", "components"]);
      assert.ok(!/message|figures|version/.test(text), text);
    }
    const admin = { authorization: await t.bearer("root") };
    const browsers = await get("/health/browsers", admin);
    assert.match(String(browsers.body.message), /no worker/);
    assert.equal((await get("/health", { cookie: await t.cookie("root") })).body.version, "0.0.0-test");
  });
});
