import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Exchange } from "../../../db/domain/exchange.ts";
import type { AttemptPlan } from "../protocol.ts";
import { Bench, type Written } from "../testing/run.ts";
import { type Site, startSite } from "../testing/site.ts";
import { closeBrowsers } from "../thread.ts";

let bench: Bench;
let site: Site;

before(async () => {
  bench = await Bench.open();
  site = await startSite();
});

after(async () => {
  await closeBrowsers();
  await site.close();
  await bench.close();
});

type Listed = Exchange & { hasBody: boolean };
type Har = {
  log: {
    version: string;
    entries: {
      startedDateTime: string;
      time: number;
      request: { url: string; method: string; postData?: { text: string }; headers: unknown[] };
      response: { status: number; content: { text?: string; comment?: string; size: number } };
      timings: Record<string, number>;
    }[];
  };
};

async function record(steps: Written[], options: Partial<AttemptPlan> = {}) {
  const run = await bench.run(steps, { baseUrl: site.url, evidence: { network: "on" }, ...options });
  const read = (kind: string) => {
    const file = run.artifacts.find((artifact) => artifact.kind === kind);
    return file ? new TextDecoder().decode(file.bytes) : "";
  };
  const list = JSON.parse(read("network") || '{"exchanges":[]}') as { exchanges: Listed[] };
  const har = JSON.parse(read("har") || "{}") as Har;
  const of = (path: string) => list.exchanges.find(({ url }) => new URL(url).pathname === path);
  return { run, exchanges: list.exchanges, har, of, text: read("network") + read("har") };
}

const script = (text: string): Written => ({ type: "evaluate", script: text });

test("every request is listed with its answer, times, sizes and who asked for it", async () => {
  const { of, exchanges } = await record([
    { type: "goto", url: "/form" },
    script("fetch('/json').then((r) => r.text())"),
    script("fetch('/redirect?to=/json').then((r) => r.text())"),
    script("fetch('/status/404').then((r) => r.status)"),
  ]);
  const page = of("/form");
  assert.equal(page?.type, "document");
  assert.deepEqual([page?.status, page?.state, page?.mimeType], [200, "done", "text/html"]);
  assert.ok((page?.bodyBytes ?? 0) > 500 && (page?.transferredBytes ?? 0) > (page?.bodyBytes ?? 0));
  assert.ok(page?.timings && page.timings.wait >= 0 && page.timings.receive >= 0);
  const asked = of("/json");
  assert.equal(asked?.type, "fetch");
  assert.equal(asked?.initiator.type, "script");
  assert.equal(of("/status/404")?.status, 404);
  const redirect = of("/redirect");
  assert.equal(redirect?.status, 302);
  assert.match(redirect?.redirectUrl ?? "", /\/json$/);
  assert.ok(exchanges.every(({ startedAt }) => Math.abs(startedAt - Date.now()) < 120_000));
});

test("what rules of the test did to requests is told, and so is what failed", async () => {
  const { of } = await record([
    { type: "goto", url: "/form" },
    { type: "mock", url: "/mocked", json: { mocked: true } },
    { type: "blockRequests", urls: ["*/tracker*"] },
    script("fetch('/mocked').then((r) => r.json())"),
    script("fetch('/tracker').catch(() => 0)"),
    script("fetch('http://127.0.0.1:1/nobody').catch(() => 0)"),
  ]);
  assert.deepEqual([of("/mocked")?.ruling, of("/mocked")?.status], ["mocked", 200]);
  assert.equal(of("/tracker")?.ruling, "blocked");
  assert.notEqual(of("/tracker")?.state, "done");
  assert.equal(of("/nobody")?.state, "failed");
  assert.match(of("/nobody")?.failure ?? "", /ERR_/);
});

test("the HAR has the bodies of texts, cut, and what HAR 1.2 asks of an entry", async () => {
  const { har, of } = await record([
    { type: "goto", url: "/form" },
    script("fetch('/echo', { method: 'POST', body: 'a text of ours' }).then((r) => r.text())"),
    script("fetch('/big').then((r) => r.text()).then((t) => t.length)"),
  ]);
  assert.equal(har.log.version, "1.2");
  const entry = (path: string) => har.log.entries.find(({ request }) => request.url.endsWith(path));
  const echo = entry("/echo");
  assert.equal(echo?.request.method, "POST");
  assert.equal(echo?.request.postData?.text, "a text of ours");
  assert.match(echo?.response.content.text ?? "", /"body":"a text of ours"/);
  const big = entry("/big")?.response.content;
  assert.equal(big?.comment, "cut");
  assert.equal(big?.size, 1_100_000);
  assert.ok((big?.text?.length ?? 0) <= 64_000);
  assert.equal(of("/big")?.hasBody, true);
  for (const { startedDateTime, time, timings } of har.log.entries) {
    assert.ok(!Number.isNaN(Date.parse(startedDateTime)) && time >= 0);
    for (const phase of ["send", "wait", "receive"]) assert.ok((timings[phase] ?? -1) >= 0, phase);
  }
});

test("neither credentials nor secrets are in what is kept", async () => {
  const { text, run } = await record(
    [
      { type: "goto", url: "/cookie?visit=cookie-value-1" },
      {
        type: "request",
        method: "GET",
        url: "/json",
        headers: { authorization: "Bearer outside-of-the-page" },
      },
      script(
        "fetch('/echo?s=' + encodeURIComponent('{{secrets.password}}'), { method: 'POST', headers: { authorization: 'Bearer very-private', 'x-api-key': 'key-of-somebody' }, body: JSON.stringify({ password: '{{secrets.password}}' }) }).then((r) => r.json()).then((j) => j.method)",
      ),
    ],
    { secrets: { password: "Zq7 horse&battery" } },
  );
  assert.equal(run.outcome.status, "passed", JSON.stringify(run.outcome));
  assert.match(text, /•••/);
  for (const gone of [
    "cookie-value-1;",
    "key-of-somebody",
    "horse&battery",
    "horse%26battery",
    'set-cookie","value":"v',
  ]) {
    assert.ok(!text.includes(gone), gone);
  }
});

test("under on-failure the network of a pass is not kept", async () => {
  const steps: Written[] = [{ type: "goto", url: "/next" }];
  const options = { evidence: { network: "on-failure" } } as const;
  assert.deepEqual((await record(steps, options)).run.artifacts, []);
  const failed = await record([...steps, { type: "expectTitle", title: "Other", timeoutMs: 50 }], options);
  assert.equal(failed.of("/next")?.status, 200);
});
