import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { findFirefox, findFullChromium, noFirefox } from "../browser/testing/find-browser.ts";
import { Bench, type Written } from "../browser/testing/run.ts";
import { closeBrowsers } from "../browser/thread.ts";
import { reaching } from "./testing/hold-browser.ts";
import { spellings } from "./testing/spellings.ts";
import { Trap } from "./testing/trap.ts";

let trap: Trap;
before(async () => {
  trap = await Trap.set();
});
after(() => trap.close());

const stun = (host: string) => `stun:${host}:${trap.canary.udpPort}`;
const turn = (host: string) => `turn:${host}:${trap.canary.port}?transport=tcp`;
const rtcSteps = (host: string): Written[] => [
  { type: "goto", url: `${trap.lure.origin}/page` },
  {
    type: "evaluate",
    script: `const peer = new RTCPeerConnection({ iceServers: [{ urls: ${JSON.stringify(stun(host))} }, { urls: ${JSON.stringify(turn(host))}, username: "u", credential: "c" }] });
      peer.createDataChannel("x");
      await peer.setLocalDescription(await peer.createOffer());
      await new Promise((done) => { setTimeout(done, 5_000); peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && done(); });
      peer.close();
      return "gathered";`,
    as: "rtc",
    timeoutMs: 60_000,
  },
];

describe("WebRTC with EGRESS=deny-private", { timeout: 300_000 }, () => {
  let bench: Bench;
  before(async () => {
    bench = await Bench.open("chromium");
  });
  after(async () => {
    await closeBrowsers();
    await bench.close();
  });
  const full = findFullChromium();
  const browsers = [
    { title: "the browser of the tests", path: undefined, skip: false as const },
    {
      title: "full Chromium",
      path: full ?? undefined,
      skip: full === null && "no full Chromium is installed",
    },
  ];
  for (const { title, path, skip } of browsers) {
    it(`sends no packet from ${title}`, { skip }, () =>
      trap.nothingReached(async () => {
        for (const host of ["127.0.0.1", "localhost", "[::1]"]) {
          const { outcome } = await trap.attempt(bench, "deny-private", rtcSteps(host), path);
          assert.equal(outcome.status, "passed", outcome.failure?.message);
        }
      }),
    );

    it(`would send some from ${title}`, { skip }, async () => {
      const before = trap.canary.packets;
      await trap.attempt(bench, "open", rtcSteps("127.0.0.1"), path);
      assert.ok(trap.canary.packets > before);
    });
  }

  it("is not there in Firefox", { skip: findFirefox() === null && noFirefox }, async () => {
    const firefox = await Bench.open("firefox");
    const steps: Written[] = [
      { type: "goto", url: `${trap.lure.origin}/page` },
      { type: "evaluate", script: `return typeof RTCPeerConnection`, as: "rtc" },
    ];
    const { events } = await trap.attempt(firefox, "deny-private", steps);
    const values = events.flatMap((event) => (event.type === "variable-set" ? [event.value] : []));
    assert.deepEqual(values, ["undefined"]);
    await closeBrowsers();
    await firefox.close();
  });
});

describe("a browser that is held", { timeout: 120_000 }, () => {
  let bench: Bench;
  before(async () => {
    bench = await Bench.open("chromium");
  });
  after(async () => {
    await closeBrowsers();
    await bench.close();
  });
  const held = () => ({ ...bench.plan([]).browser, isHeld: true });

  it("runs no attempt without a proxy", async () => {
    const { outcome } = await bench.run([{ type: "goto", url: trap.lure.origin }], { browser: held() });
    assert.deepEqual([outcome.status, outcome.failure?.code], ["error", "egress-not-held"]);
  });

  it("is none that runs elsewhere", async () => {
    const browser = { ...held(), endpoint: "ws://127.0.0.1:1/" };
    const proxy = { address: "127.0.0.1:9", direct: [] };
    const { outcome } = await bench.run([{ type: "goto", url: trap.lure.origin }], { browser, proxy });
    assert.deepEqual([outcome.status, outcome.failure?.code], ["error", "egress-not-held"]);
  });

  it("says what was refused in the network of the attempt", async () => {
    const url = `http://127.0.0.1:${trap.canary.port}/evidence`;
    const pass = await trap.denying.open([], (trouble) => running.send({ type: "egress-trouble", trouble }));
    const options = { proxy: pass.plan, browser: held(), evidence: { network: "on" } } as const;
    const running = bench.start([{ type: "goto", url }], options);
    await running.outcome;
    pass.close();
    const file = running.artifacts.find(({ kind }) => kind === "network");
    assert.ok(file);
    const [exchange] = JSON.parse(Buffer.from(file.bytes).toString()).exchanges;
    assert.match(exchange.failure, /127\.0\.0\.1 port \d+ is refused: it is this machine itself/);
  });

  for (const url of [
    "file:///etc/hostname",
    "chrome://version",
    "view-source:http://example.com",
    "devtools://devtools",
    "ftp://127.0.0.1/",
    "javascript:1",
    "chrome-extension://x/y",
    "filesystem:http://x/y",
  ]) {
    it(`opens no ${url}`, () =>
      trap.nothingReached(async () => {
        const { outcome } = await trap.attempt(bench, "deny-private", [{ type: "goto", url }]);
        assert.deepEqual([outcome.status, outcome.failure?.code], ["failed", "address-refused"]);
      }));

    it(`is sent to no ${url}`, async () => {
      const steps: Written[] = [
        { type: "goto", url: `${trap.lure.origin}/redirect?to=${encodeURIComponent(url)}` },
      ];
      const { outcome } = await trap.attempt(bench, "deny-private", steps);
      assert.equal(outcome.status, "failed", "it was opened");
    });
  }
});

describe("with EGRESS=open", { timeout: 120_000 }, () => {
  let bench: Bench;
  before(async () => {
    bench = await Bench.open("chromium");
  });
  after(async () => {
    await closeBrowsers();
    await bench.close();
  });

  async function goingTo(url: string, by = bench) {
    const pass = await trap.open.open([], (trouble) => running.send({ type: "egress-trouble", trouble }));
    const running = by.start([{ type: "goto", url }], { proxy: pass.plan, screenshots: "never" });
    const outcome = await running.outcome;
    pass.close();
    return outcome;
  }

  for (const { host } of spellings.filter(({ is }) => is === "metadata")) {
    it(`metadata is refused as ${host}`, async () => {
      const { status, failure } = await goingTo(`http://${host}:${trap.canary.port}/`);
      assert.deepEqual([status, failure?.code], ["error", "egress-refused"], failure?.message);
    });
  }

  it("metadata is refused in Firefox, and this machine reached", {
    skip: findFirefox() === null && noFirefox,
  }, async () => {
    const firefox = await Bench.open("firefox");
    for (const host of ["169.254.169.254", "[::ffff:169.254.169.254]", "metadata.rebound.test"]) {
      const { status, failure } = await goingTo(`http://${host}:${trap.canary.port}/`, firefox);
      assert.deepEqual([status, failure?.code], ["error", "egress-refused"], failure?.message);
    }
    for (const host of ["127.0.0.1", "localhost", "127-0-0-1.rebound.test"]) {
      assert.equal(
        (await goingTo(`http://${host}:${trap.canary.port}/open`, firefox)).status,
        "passed",
        host,
      );
    }
    await closeBrowsers();
    await firefox.close();
  });

  for (const { host } of reaching) {
    it(`this machine is reached as ${host}`, async () => {
      const { status, failure } = await goingTo(`http://${host}:${trap.canary.port}/open`);
      assert.equal(status, "passed", failure?.message);
    });
  }
});
