import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openStepBench, type StepBench } from "../testing/step-bench.ts";

let steps: StepBench;

before(async () => {
  steps = await openStepBench();
});

after(() => steps.close());

const out = "css=#out";
const load = { type: "click", target: "css=#load" } as const;

test("cookies and storage are set and cleared", async () => {
  await steps.passes(
    "/storage",
    { type: "setCookie", cookie: "a", value: "1" },
    { type: "setCookie", cookie: "b", value: "2", url: "/x", expiresInSeconds: 60 },
    { type: "setStorage", key: "token", value: 'to"ken' },
    { type: "setStorage", area: "session", key: "tab", value: "t1" },
    { type: "reload" },
    { type: "expectText", target: "css=#cookie", text: "a=1; b=2" },
    { type: "expectText", target: "css=#local", text: 'to"ken t1' },
    { type: "clearCookies", cookie: "a" },
    { type: "setStorage", key: "token" },
    { type: "setStorage", area: "session", clear: true },
    { type: "reload" },
    { type: "expectText", target: "css=#cookie", text: "b=2", match: "exact" },
    { type: "expectText", target: "css=#local", text: "null null" },
    { type: "clearCookies" },
    { type: "reload" },
    { type: "expectText", target: "css=#cookie", text: "", match: "exact" },
  );
  await steps.fails(
    "/storage",
    "storage-denied",
    /open a page of the site first/,
    { type: "goto", url: "data:text/html,x", timeoutMs: 5_000 },
    {
      type: "setStorage",
      key: "a",
      value: "b",
    },
  );
  await steps.fails("/storage", "invalid-cookie", /refuses the cookie/, {
    type: "setCookie",
    cookie: "a;b",
    value: "1",
  });
});

test("a state that was saved signs another attempt in, and is not in the log", async () => {
  const { of } = await steps.passes(
    "/storage",
    { type: "setCookie", cookie: "session", value: "s3cr3t" },
    { type: "setStorage", key: "token", value: "abc" },
    { type: "saveState", as: "state" },
    { type: "clearCookies" },
    { type: "setStorage", clear: true },
    { type: "reload" },
    { type: "expectText", target: "css=#cookie", text: "", match: "exact" },
    { type: "useState", state: "{{state}}" },
    { type: "reload" },
    { type: "expectText", target: "css=#cookie", text: "session=s3cr3t" },
    { type: "expectText", target: "css=#local", text: "abc null" },
  );
  assert.deepEqual(
    of("variable-set").map(({ value }) => value),
    ["(1 cookies, storage of 1 sites)"],
  );
  await steps.fails("/storage", "invalid-state", /no JSON/, { type: "useState", state: "x" });
  await steps.fails("/storage", "invalid-state", /cookies/, { type: "useState", state: '{"cookies":1}' });
});

test("the clock stops at a time, moves on with its timers, and runs again, over navigations", async () => {
  await steps.passes(
    "/",
    { type: "clock", action: "install", time: "2026-03-01T09:30:00Z" },
    { type: "goto", url: "/clock" },
    { type: "expectText", target: "css=#now", text: "2026-03-01T09:30:00.000Z" },
    { type: "clock", action: "advance", ms: 59_000 },
    { type: "expectTitle", title: "tick 59" },
    { type: "expectText", target: out, text: "", match: "exact" },
    { type: "clock", action: "advance", ms: 1_000 },
    { type: "expectText", target: out, text: "timeout 2026-03-01T09:31:00.000Z;" },
    { type: "reload" },
    { type: "expectText", target: "css=#now", text: "2026-03-01T09:31:00.000Z" },
    { type: "clock", action: "resume" },
    { type: "expectTitle", title: "tick 1" },
  );
  await steps.passes(
    "/clock",
    { type: "clock", action: "install", time: "2030-01-01T00:00:00Z" },
    {
      type: "evaluate",
      script: "out.textContent = new Date().getFullYear() + ' ' + (new Date() instanceof Date)",
    },
    { type: "expectText", target: out, text: "2030 true" },
  );
  await steps.fails("/clock", "no-clock", /action install comes first/, {
    type: "clock",
    action: "advance",
    ms: 5,
  });
});

test("pages see the place, the permissions, the language and the colours that they are told", async () => {
  await steps.passes(
    "/seen",
    { type: "geolocation", latitude: 48.2, longitude: 16.4 },
    { type: "click", target: "css=#where" },
    { type: "expectText", target: out, text: "48.2 16.4" },
    { type: "permissions", deny: ["geolocation"] },
    { type: "click", target: "css=#where" },
    { type: "expectText", target: out, text: "denied", ignoreCase: true },
    { type: "expectHidden", target: "css=#dark" },
    {
      type: "emulate",
      colorScheme: "dark",
      locale: "de-AT",
      timezone: "Asia/Tokyo",
      reducedMotion: "reduce",
    },
    { type: "expectVisible", target: "css=#dark" },
    { type: "emulate", media: "print" },
    { type: "expectVisible", target: "css=#print" },
    { type: "expectVisible", target: "css=#dark" },
    {
      type: "evaluate",
      script:
        "out.textContent = [(1234.5).toLocaleString(), new Date(0).getHours(), navigator.language, matchMedia('(prefers-reduced-motion: reduce)').matches].join(' ')",
    },
    { type: "expectText", target: out, text: "9 de-AT true" },
    { type: "request", method: "GET", url: "/json" },
  );
  await steps.fails("/seen", "invalid-emulation", /Nowhere/, { type: "emulate", timezone: "Nowhere/City" });
});

test("responses are waited for, those that came since the last act included", async () => {
  await steps.passes(
    "/network",
    load,
    { type: "expectText", target: out, text: "seven" },
    { type: "expectResponse", url: "/json", status: 200, method: "GET" },
    { type: "expectResponse", url: "/json", json: { data: { items: [{ id: 7 }] } } },
    { type: "expectResponse", url: "*/json", body: "seven" },
    { type: "waitForResponse", url: "/json", as: "body" },
    { type: "expectResponse", url: "/other", not: true },
    { type: "waitForIdle", quietMs: 100 },
  );
  await Promise.all([
    steps.fails("/network", "assertion-failed", /a response 500 to \/json, got 200 to GET/, load, {
      type: "expectResponse",
      url: "/json",
      status: 500,
    }),
    steps.fails("/network", "assertion-failed", /got the body .*seven/, load, {
      type: "expectResponse",
      url: "/json",
      body: "eight",
    }),
    steps.fails("/network", "assertion-failed", /expected no response to \/json, but it came/, load, {
      type: "expectResponse",
      url: "/json",
      not: true,
    }),
    steps.fails("/network", "timeout", /a response to \/never did not come/, {
      type: "waitForResponse",
      url: "/never",
    }),
    steps.fails(
      "/network",
      "timeout",
      /1 request is under way/,
      { type: "evaluate", script: "void fetch('/hang')" },
      {
        type: "waitForIdle",
      },
    ),
  ]);
});

test("answers are modified, and requests blocked", async () => {
  await steps.passes(
    "/network",
    {
      type: "modifyResponse",
      url: "/json",
      status: 202,
      patch: { data: { items: null, count: 0 } },
      times: 1,
    },
    load,
    { type: "expectText", target: out, text: '202 {"data":{"count":0}}' },
    load,
    { type: "expectText", target: out, text: "200" },
    { type: "blockRequests", urls: ["/json"], resourceTypes: ["fetch"] },
    load,
    { type: "expectText", target: out, text: "failed" },
  );
});

test("downloads are kept and looked into", async () => {
  const { artifacts } = await steps.passes(
    "/downloads",
    { type: "click", target: "css=#csv" },
    { type: "expectDownload", fileName: "report.csv", sizeBytes: 7, text: "a,b\n1,2", match: "exact" },
    { type: "click", target: "css=#file" },
    { type: "expectDownload", fileName: "down*", text: "byt" },
  );
  const kept = artifacts.filter(({ kind }) => kind === "download");
  assert.deepEqual(
    kept.map(({ name, bytes }) => `${name} ${bytes.byteLength}`),
    ["report.csv 7", "download 5"],
  );
  await Promise.all([
    steps.fails("/downloads", "assertion-failed", /none came/, { type: "expectDownload" }),
    steps.fails(
      "/downloads",
      "assertion-failed",
      /it has 7 bytes, not 8/,
      { type: "click", target: "css=#csv", timeoutMs: 5_000 },
      {
        type: "expectDownload",
        sizeBytes: 8,
        timeoutMs: 1_000,
      },
    ),
    steps.fails(
      "/downloads",
      "assertion-failed",
      /it was refused/,
      { type: "click", target: "css=#endless", timeoutMs: 5_000 },
      {
        type: "expectDownload",
        timeoutMs: 3_000,
      },
    ),
  ]);
});

test("errors in the console and of scripts are found, and ignored where they are known", async () => {
  const wait = { type: "waitFor", ms: 200, timeoutMs: 5_000 } as const;
  await steps.passes(
    "/noise",
    wait,
    { type: "expectNoConsoleErrors", ignore: ["broken", "*CORS*", "fetch"] },
    { type: "expectNoPageErrors", ignore: ["TypeError: boom"] },
    { type: "expectNoPageErrors", not: true },
  );
  await Promise.all([
    steps.passes("/form", { type: "expectNoConsoleErrors" }, { type: "expectNoPageErrors" }),
    steps.fails("/noise", "assertion-failed", /expected no console error, got .*broken/, wait, {
      type: "expectNoConsoleErrors",
    }),
    steps.fails(
      "/noise",
      "assertion-failed",
      /expected no page error, got a page error: TypeError: boom/,
      wait,
      {
        type: "expectNoPageErrors",
      },
    ),
  ]);
});
