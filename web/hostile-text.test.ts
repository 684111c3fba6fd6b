import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import postgres, { type Sql } from "postgres";
import type { Browser, Page } from "puppeteer";
import type { Person } from "../api/testing/app.ts";
import { makeArtifact, makeFixture } from "../api/testing/fixture.ts";
import { matrixCases } from "../api/testing/matrix-cases.ts";
import { platformPermissions } from "../db/domain/permissions.ts";
import type { TestCase } from "../db/domain/resources.ts";
import { parseTestCaseYaml } from "../db/domain/yaml.ts";
import { getExecution } from "../db/services/executions.ts";
import { makeTestCase } from "../db/testing/factories.ts";
import { openPage, startBrowser } from "./testing/browser.ts";
import { fillWithHostileTexts, payloadOf, placesIn } from "./testing/hostile-rows.ts";
import { pagesOf } from "./testing/page-list.ts";
import { pixel, type Seed, seedAll } from "./testing/seed.ts";
import { startSite, type TestSite } from "./testing/server.ts";

/** Whatever text people and pages under test have left anywhere: on every page and in every export it is text. */

let site: TestSite;
let browser: Browser;
let seed: Seed;
let filled: string[];
let requests: { id: string; who: Person; path: string }[];
let artifacts: string[];
let exported: TestCase;
before(async () => {
  site = await startSite();
  browser = await startBrowser();
  seed = await seedAll(site.t, [pixel]);
  artifacts = await makeFiles();
  exported = await makeTestCase(site.t.world.as.alice, seed.project.id, {
    steps: [
      { type: "goto", url: "/" },
      { type: "fill", target: "label=Name", value: payloadOf("step.value"), name: payloadOf("step.name") },
    ],
  });
  requests = await readsOf();
  for (const platformRole of ["viewer", "user"]) {
    await site.t.call("root", "PATCH", `/users/${site.t.people.pat.id}`, { platformRole });
  }
  const owner = superuser();
  try {
    filled = await fillWithHostileTexts(owner);
  } finally {
    await owner.end();
  }
});
after(async () => {
  await browser?.close();
  await site?.close();
});

function superuser(): Sql {
  const url = new URL(process.env.VERDICT_TEST_PG_OWNER_URL ?? "");
  url.pathname = new URL(site.t.database.url).pathname;
  return postgres(url.href, { max: 1, onnotice: () => {} });
}

/** Files of a page under test that say they are something to run. */
async function makeFiles(): Promise<string[]> {
  const execution = await getExecution(site.t.world.as.alice, seed.failedId);
  const bytes = new TextEncoder().encode(payloadOf("file.content"));
  const ids: string[] = [];
  for (const contentType of [
    "text/html",
    "image/svg+xml",
    "application/json",
    "text/csv",
    "application/pdf",
  ]) {
    ids.push(await makeArtifact(site.t, execution, { name: "file", contentType, bytes }));
  }
  return ids;
}

/** Every endpoint that is read, as somebody who may; their addresses are made before texts are replaced. */
async function readsOf(): Promise<{ id: string; who: Person; path: string }[]> {
  const cases = matrixCases(site.t, await makeFixture(site.t));
  const reads: { id: string; who: Person; path: string }[] = [];
  for (const { id, method, path } of site.t.endpoints) {
    const known = cases[id];
    if (method !== "get") continue;
    const isPlatform = Object.hasOwn(platformPermissions, known?.needs ?? "");
    const who: Person = isPlatform ? "root" : "alice";
    reads.push({ id, who, path: known ? await known.path(who) : path });
  }
  return reads;
}

/** What a page must not have, and what it shows. */
type Found = { ran: unknown[]; made: string[]; links: string[]; html: string };
const look = `({
  ran: window.ran,
  made: [...document.querySelectorAll("xss-probe, [data-probe], img[src='x'], [onclick], [onerror], [onload]")]
    .concat([...document.scripts].filter((script) => /trap/.test(script.textContent)))
    .map((element) => element.outerHTML.slice(0, 300)),
  links: [...document.querySelectorAll("a[href], area[href], form[action], [formaction], iframe[src], use[href]")]
    .map((element) => new URL(element.href?.baseVal ?? element.href ?? element.action ?? element.src, location.href).href)
    .filter((href) => !/^(https?|mailto|otpauth|blob):/.test(href)),
  html: document.documentElement.outerHTML,
})`;

/** A page of somebody on which scripts of any origin would run, and say so. */
async function open(who: Person | null): Promise<{ page: Page; dialogs: string[]; close(): Promise<void> }> {
  const { page, close } = await openPage(browser, site, who);
  const dialogs: string[] = [];
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  // Without the policy, which would stop what should not even be there.
  await page.setBypassCSP(true);
  await page.evaluateOnNewDocument("window.ran = []; window.trap = (what) => window.ran.push(what)");
  return { page, dialogs, close };
}

const seen = new Set<string>();

async function check(page: Page, name: string, path: string): Promise<void> {
  const response = await page.goto(`${site.origin}${path}`, { waitUntil: "load" });
  const status = response?.status() ?? 0;
  assert.ok(status > 0 && status < 500, `${name} answered ${status}`);
  assert.match(response?.headers()["content-type"] ?? "", /^text\/html; ?charset=utf-8$/i, name);
  assert.match(response?.headers()["content-security-policy"] ?? "", /script-src [^;]*'self'/, name);
  const { ran, made, links, html } = (await page.evaluate(look)) as Found;
  assert.deepEqual({ ran, made, links }, { ran: [], made: [], links: [] }, name);
  for (const place of placesIn(html)) seen.add(place);
}

async function onEveryPage(pathOf: (path: string) => string): Promise<void> {
  const files = { name: "files", path: `/executions/${seed.failedId}?tab=files`, who: "alice" } as const;
  const all = [...pagesOf(seed), files];
  for (const who of new Set(all.map((page) => page.who))) {
    const { page, dialogs, close } = await open(who);
    try {
      for (const { name, path } of all.filter((page) => page.who === who)) {
        await check(page, name, pathOf(path));
      }
      assert.deepEqual(dialogs, []);
    } finally {
      await close();
    }
  }
}

describe("hostile text", () => {
  it("is in every column that can hold it", () => {
    assert.ok(filled.length > 60, filled.join());
  });

  it("is text on every page", async () => {
    await onEveryPage((path) => path);
    // That pages show what people write is what makes the rest of this worth something.
    const shown = [
      "project.name",
      "test_case.name",
      "test_case.tags",
      "suite.name",
      "run.name",
      "execution.failure",
    ];
    const written = [
      "event.body",
      "artifact.name",
      "secret.name",
      "environment.name",
      "schedule.name",
      "audit.actor",
    ];
    const others = ["app_user.name", "app_user.email", "step_group.name", "worker.name", "outbox.last_error"];
    const missing = [...shown, ...written, ...others].filter((place) => !seen.has(place));
    assert.deepEqual(missing, [], `seen were ${[...seen].sort().join()}`);
  });

  it("is text where the address of a page brings it", async () => {
    const names = [
      "q",
      "actor",
      "action",
      "entity",
      "entityId",
      "status",
      "tag",
      "group",
      "cursor",
      "sort",
      "state",
    ];
    const more = [
      "kind",
      "queue",
      "window",
      "step",
      "tab",
      "view",
      "from",
      "to",
      "next",
      "token",
      "name",
      "version",
    ];
    const query = [...names, ...more].map(
      (name) => `${name}=${encodeURIComponent(payloadOf(`query.${name.toLowerCase()}`))}`,
    );
    await onEveryPage((path) => `${path.split("?")[0]}?${query.join("&")}`);
    assert.ok(seen.has("query.q") && seen.has("query.actor"), [...seen].sort().join());
    const { page, close } = await open("alice");
    try {
      for (const base of ["/projects/", "/runs/", "/executions/", "/"]) {
        await check(page, base, `${base}${encodeURIComponent(payloadOf("path.id"))}`);
      }
    } finally {
      await close();
    }
  });
});

async function get(who: Person, path: string): Promise<Response> {
  const headers = { authorization: await site.t.bearer(who) };
  return fetch(`${site.origin}/api/v1${path}`, { headers });
}

const safeName = /^(?:attachment|inline); filename="[^"\r\n<>\\]*"(?:; filename\*=UTF-8''[\w%.~!$&+^`|-]*)?$/;

describe("hostile text in answers and exports", () => {
  it("is never HTML, whatever is asked for", async () => {
    for (const { id, who, path } of requests) {
      const response = await get(who, path);
      const text = await response.text();
      assert.ok(response.status < 500, `${id} answered ${response.status}: ${text}`);
      assert.equal(response.headers.get("x-content-type-options"), "nosniff", id);
      const type = response.headers.get("content-type") ?? "";
      assert.doesNotMatch(type, /html|xml|javascript/, id);
      if (/json/.test(type)) JSON.parse(text);
      const disposition = response.headers.get("content-disposition");
      if (disposition !== null) assert.match(disposition, safeName, id);
    }
  });

  it("is no formula and no line of its own in the CSV, and comes back whole from JSON", async () => {
    for (const [who, base] of [
      ["alice", `/organizations/${seed.project.organizationId}/audit-logs/export`],
      ["root", "/audit-logs/export"],
    ] as const) {
      const csv = await (await get(who, `${base}?format=csv`)).text();
      assert.ok(placesIn(csv).includes("audit.actor"), base);
      assert.doesNotMatch(csv, /(?:^|,)"?[=+\-@\t]/m, base);
      const json = JSON.parse(await (await get(who, `${base}?format=json`)).text()) as { actor: string }[];
      assert.ok(json.some(({ actor }) => actor.startsWith(payloadOf("audit.actor"))));
    }
  });

  it("is the same text when a test case that was exported as YAML is read back", async () => {
    const response = await get("alice", `/test-cases/${exported.id}/export?format=yaml`);
    assert.match(response.headers.get("content-type") ?? "", /^application\/yaml/);
    assert.match(response.headers.get("content-disposition") ?? "", safeName);
    const read = parseTestCaseYaml(await response.text());
    const kept = (await (await get("alice", `/test-cases/${exported.id}`)).json()) as TestCase;
    assert.ok(kept.name.startsWith(payloadOf("test_case.name")), kept.name);
    assert.ok(placesIn(JSON.stringify(kept.steps)).includes("test_case_version.content"));
    assert.deepEqual([read.name, read.steps], [kept.name, kept.steps]);
  });

  it("is a download and nothing to open, where a page under test made the file", async () => {
    let stored = 0;
    for (const id of artifacts) {
      const response = await get("alice", `/artifacts/${id}/content`);
      // Those that lost_reason was put into are lost.
      if (response.status === 404) {
        assert.equal(response.headers.get("content-type"), "application/problem+json");
        continue;
      }
      assert.equal(response.status, 200);
      stored++;
      assert.equal(response.headers.get("content-type"), "application/octet-stream");
      assert.match(response.headers.get("content-disposition") ?? "", /^attachment; /);
      assert.match(response.headers.get("content-disposition") ?? "", safeName);
      assert.match(response.headers.get("content-security-policy") ?? "", /^sandbox; default-src 'none'/);
      await response.body?.cancel();
    }
    assert.ok(stored >= 2, `${stored} were stored`);
  });
});
