import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { browserPids } from "./browsers.ts";
import { Bench, eventually } from "./testing/run.ts";
import { type Site, startSite } from "./testing/site.ts";
import { closeBrowsers } from "./thread.ts";

const onlyOnLinux = { skip: process.platform === "linux" ? false : "needs a /proc" };

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

/** The process of our browser that does its networking. */
function networkServices(): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const group = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return browserPids().includes(group) && command.includes("network.mojom.NetworkService");
      } catch {
        // No process, or one that has just gone.
        return false;
      }
    });
}

const asked = (path: string) => site.requests.some((request) => request.path === path);
const killNetwork = () => {
  for (const pid of networkServices()) process.kill(pid, "SIGKILL");
};

test(
  "a navigation that ends because the network service of the browser died is an error, no failure",
  onlyOnLinux,
  async () => {
    const attempt = bench.start([{ type: "goto", url: "/hang?1" }], { baseUrl: site.url });
    await eventually(() => asked("/hang?1"), 20_000, "the page was asked for");
    assert.equal(networkServices().length, 1);
    killNetwork();
    const { status, failure } = await attempt.outcome;
    assert.equal(status, "error", JSON.stringify(failure));
    assert.equal(failure?.code, "browser-service-lost");
    assert.match(
      failure?.message ?? "",
      /^a part of the browser crashed or was killed, the network service: .* \(could not open http.*\/hang\?1: /,
    );
  },
);

test("so is what fails later because an answer was lost with it", onlyOnLinux, async () => {
  const script =
    "void fetch('/hang?2').then(() => { document.title = 'there' }, () => { document.title = 'lost' })";
  const attempt = bench.start(
    [
      { type: "goto", url: "/next" },
      { type: "evaluate", script },
      { type: "expectTitle", title: "there", timeoutMs: 3_000 },
    ],
    { baseUrl: site.url },
  );
  await eventually(() => asked("/hang?2"), 20_000, "the page has asked");
  killNetwork();
  const { status, failure } = await attempt.outcome;
  assert.equal(status, "error", JSON.stringify(failure));
  assert.equal(failure?.code, "browser-service-lost");
  assert.match(failure?.message ?? "", /expected title to be "there", got "lost"/);
});

test(
  "what goes well all the same is passed, and the attempts after it have their failures back",
  onlyOnLinux,
  async () => {
    const first = bench.start(
      [
        { type: "goto", url: "/slow?ms=300&3" },
        { type: "waitFor", ms: 1_500 },
        { type: "expectText", target: "css=h1", text: "Slow page" },
      ],
      { baseUrl: site.url },
    );
    await first.seen("step-finished", ({ stepType }) => stepType === "goto");
    killNetwork();
    assert.equal((await first.outcome).status, "passed");
    const next = await bench.run([{ type: "goto", url: "http://127.0.0.1:9/" }], { baseUrl: site.url });
    assert.equal(next.outcome.status, "failed", JSON.stringify(next.outcome.failure));
    assert.equal(next.outcome.failure?.code, "navigation-failed");
  },
);
