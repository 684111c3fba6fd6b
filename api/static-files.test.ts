import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { openStaticFiles, vendorFiles } from "./static-files.ts";
import { publicUrl, read, type TestApp, testApp } from "./testing/app.ts";

let t: TestApp;
let folder: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "verdict-static-"));
  mkdirSync(join(folder, "open", "deep"), { recursive: true });
  writeFileSync(join(folder, "secret.css"), "secret");
  writeFileSync(join(folder, "open", "app.css"), "body{}");
  writeFileSync(join(folder, "open", "deep", "a.js"), "1");
  writeFileSync(join(folder, "open", "all.css"), '@layer a;\n@import "deep/part.css";\nb{}');
  writeFileSync(join(folder, "open", "deep", "part.css"), "@layer a{p{}}");
  writeFileSync(join(folder, "open", "page.html"), "<p>");
  const assets = await openStaticFiles({ folders: [{ path: join(folder, "open") }], files: vendorFiles() });
  t = await testApp({ assets });
});
after(async () => {
  await t?.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = async (path: string, headers: Record<string, string> = {}) =>
  read(await t.app.request(new Request(`${publicUrl}${path}`, { headers })));

it("a file is served with its type, and for ever under the address that names its content", async () => {
  const plain = await get("/static/app.css");
  assert.equal(plain.text, "body{}");
  assert.equal(plain.headers.get("content-type"), "text/css; charset=utf-8");
  assert.equal(plain.headers.get("cache-control"), "public, no-cache");
  const exact = await get(t.deps.assets.url("app.css"));
  assert.equal(exact.headers.get("cache-control"), "public, max-age=31536000, immutable");
  assert.equal((await get("/static/app.css?v=old")).headers.get("cache-control"), "public, no-cache");
  const etag = plain.headers.get("etag") ?? "";
  assert.equal((await get("/static/app.css", { "if-none-match": etag })).status, 304);
  assert.equal((await get("/static/deep/a.js")).text, "1");
});

it("a style sheet comes with what it imports, in one piece, and its address changes with any of it", async () => {
  assert.equal((await get("/static/all.css")).text, "@layer a;\n@layer a{p{}}\nb{}");
  const open = () => openStaticFiles({ folders: [{ path: join(folder, "open") }], files: {} });
  const url = (await open()).url("all.css");
  writeFileSync(join(folder, "open", "deep", "part.css"), "@layer a{p{color:red}}");
  assert.notEqual((await open()).url("all.css"), url);
});

it("libraries are served under names of ours", async () => {
  for (const name of Object.keys(vendorFiles()))
    assert.equal((await get(`/static/${name}`)).status, 200, name);
});

it("what is not in the list is not there, however it is written", async () => {
  const names = [
    "../secret.css",
    "%2e%2e/secret.css",
    "..%2fsecret.css",
    "deep/../../secret.css",
    "deep/%2e%2e/%2e%2e/secret.css",
    "..\\secret.css",
    `${folder}/secret.css`,
    `/${folder}/secret.css`,
    "page.html",
    "",
    ".",
    "__proto__",
    "app.css%00.js",
  ];
  for (const name of names) {
    const answer = await get(`/static/${name}`);
    assert.equal(answer.status, 404, name);
    assert.ok(!answer.text.includes("secret\n") && answer.text !== "secret");
  }
});
