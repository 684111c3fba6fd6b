import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { EgressMode, EgressTrouble } from "../../db/domain/egress.ts";
import type { BrowserName } from "../../db/domain/steps/definition.ts";
import { findFirefox, findFullChromium, noFirefox } from "../browser/testing/find-browser.ts";
import { Bench, type Written } from "../browser/testing/run.ts";
import { closeBrowsers } from "../browser/thread.ts";
import { EgressGateway } from "./gateway.ts";
import { Canary, startLure } from "./testing/canary.ts";
import { type Spelling, spellings, tableLookup } from "./testing/spellings.ts";

/**
 * Every spelling by every way, in real browsers: with `deny-private` nothing of this machine hears anything of it. And the same
 * without: then the canary hears all of it, so that a way that does not work at all can't pass for one that is held.
 */
let canary: Canary;
let lure: Awaited<ReturnType<typeof startLure>>;
const open = new EgressGateway({ mode: "open", lookup: tableLookup });
const denying = new EgressGateway({ mode: "deny-private", lookup: tableLookup });

before(async () => {
  canary = await Canary.open();
  lure = await startLure("127.0.0.3");
});
after(async () => {
  await closeBrowsers();
  open.close();
  denying.close();
  await lure.close();
  await canary.close();
});

/** Those that take an attempt each: what has no network behind it is tried by pages and by the dialer. */
const tryable = spellings.filter(({ is }) => /^(loopback|unspecified|private|link-local|metadata)$/.test(is));
const reaching = spellings.filter(({ reaches }) => reaches);
const attemptsAtOnce = 3;

type Path = { way: string; spelling: Spelling; index: number };
const pathOf = ({ way, index }: Path) => `/${way}/${index}`;
const urlOf = (path: Path) => `http://${path.spelling.host}:${canary.port}${pathOf(path)}`;
const lureTo = (path: Path, page: "page" | "redirect") =>
  `${lure.origin}/${page}?to=${encodeURIComponent(urlOf(path))}`;

/** An attempt that may reach the lure, and nothing else that is not public. */
async function attempt(bench: Bench, mode: EgressMode, steps: Written[], executablePath?: string) {
  const gateway = mode === "open" ? open : denying;
  const troubles: EgressTrouble[] = [];
  const pass = await gateway.open([`127.0.0.3/32:${lure.port}`], (trouble) => {
    troubles.push(trouble);
    running.send({ type: "egress-trouble", trouble });
  });
  const { browser } = bench.plan([]);
  // What is told to go straight to this machine by its numbers would not be held to anything, nor tried.
  const proxy = { ...pass.plan, direct: [] };
  const running = bench.start(steps, {
    proxy,
    timeoutMs: 120_000,
    screenshots: "never",
    browser: { ...browser, isHeld: mode === "deny-private", ...(executablePath ? { executablePath } : {}) },
  });
  const outcome = await running.outcome;
  pass.close();
  return { outcome, troubles, events: running.events };
}

async function each<T>(items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  const left = [...items.entries()];
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift()) await work(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: attemptsAtOnce }, worker));
}

/** Ways by which a whole attempt goes to one address. */
const stepWays: Record<string, (path: Path) => Written[]> = {
  goto: (path) => [{ type: "goto", url: urlOf(path) }],
  redirect: (path) => [{ type: "goto", url: lureTo(path, "redirect") }],
  click: (path) => [
    { type: "goto", url: lureTo(path, "page") },
    { type: "click", target: "css=#go" },
    { type: "expectTitle", title: "Lure", not: true, timeoutMs: 60_000 },
    { type: "expectTitle", title: "Reached", timeoutMs: 500 },
  ],
  request: (path) => [{ type: "request", method: "GET", url: urlOf(path), timeoutMs: 60_000 }],
  "request as a webhook": (path) => [
    { type: "request", method: "POST", url: urlOf(path), json: { event: "run.finished" }, timeoutMs: 60_000 },
  ],
  "request sent on": (path) => [
    { type: "request", method: "GET", url: lureTo(path, "redirect"), timeoutMs: 60_000 },
  ],
};

/** Ways by which a page goes to all addresses; each ends when the browser has made up its mind. */
const pageWays: Record<string, string> = {
  fetch: `await fetch(url, { mode: "no-cors" })`,
  xhr: `await new Promise((done) => { const asked = new XMLHttpRequest(); asked.onloadend = done; asked.open("GET", url); asked.send(); })`,
  image: `await new Promise((done) => { const image = new Image(); image.onload = image.onerror = done; image.src = url; })`,
  script: `await new Promise((done) => { const part = document.createElement("script"); part.onload = part.onerror = done; part.src = url; document.head.append(part); })`,
  iframe: `await new Promise((done) => { const frame = document.createElement("iframe"); frame.onload = done; setTimeout(done, 3_000); frame.src = url; document.body.append(frame); })`,
  socket: `await new Promise((done) => { const socket = new WebSocket(url.replace("http", "ws")); socket.onclose = socket.onerror = done; })`,
  worker: `await new Promise((done) => { const code = "fetch(" + JSON.stringify(url) + ", { mode: 'no-cors' }).finally(() => postMessage(1))"; const worker = new Worker(URL.createObjectURL(new Blob([code]))); worker.onmessage = () => { worker.terminate(); done(); }; })`,
  "event-source": `await new Promise((done) => { const source = new EventSource(url); source.onerror = () => { source.close(); done(); }; })`,
  "sent-on": `await fetch("/redirect?to=" + encodeURIComponent(url), { mode: "no-cors" })`,
};

function pageSteps(way: string, tried: readonly Spelling[]): Written[] {
  const urls = tried.map((spelling, index) => urlOf({ way, spelling, index }));
  const script = `for (const group of Array.from({ length: Math.ceil(${urls.length} / 8) }, (_, at) => ${JSON.stringify(urls)}.slice(at * 8, at * 8 + 8))) {
    await Promise.allSettled(group.map(async (url) => { ${pageWays[way]} }));
  }
  return "all tried";`;
  return [
    { type: "goto", url: `${lure.origin}/page` },
    { type: "evaluate", script, as: "done", timeoutMs: 100_000 },
  ];
}

const stun = (host: string) => `stun:${host}:${canary.udpPort}`;
const turn = (host: string) => `turn:${host}:${canary.port}?transport=tcp`;
const rtcSteps = (host: string): Written[] => [
  { type: "goto", url: `${lure.origin}/page` },
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

async function nothingReached(work: () => Promise<void>): Promise<void> {
  const { connections, packets } = canary;
  await work();
  assert.deepEqual(
    { connections: canary.connections, packets: canary.packets, hits: canary.hits.slice(-5) },
    { connections, packets, hits: canary.hits.slice(-5) },
  );
}

type Subject = {
  title: string;
  name: BrowserName;
  skip: string | false;
  steps: string[];
  tried: string[] | null;
};
const subjects: Subject[] = [
  { title: "Chromium", name: "chromium", skip: false, steps: Object.keys(stepWays), tried: null },
  {
    title: "Firefox",
    name: "firefox",
    skip: findFirefox() === null && noFirefox,
    // A window for each spelling takes it seconds: pages try them all, steps a few.
    steps: ["goto", "redirect"],
    tried: ["127.0.0.1", "2130706433", "[::1]", "foo.localhost", "127-0-0-1.rebound.test", "169.254.169.254"],
  },
];

for (const { title, name, skip, steps: ways, tried } of subjects) {
  describe(`${title} with EGRESS=deny-private`, { skip, timeout: 900_000 }, () => {
    let bench: Bench;
    before(async () => {
      bench = await Bench.open(name);
    });
    after(async () => {
      await closeBrowsers();
      await bench.close();
    });

    const trying = (all: readonly Spelling[]) => all.filter(({ host }) => tried?.includes(host) ?? true);

    for (const [way, steps] of Object.entries(stepWays).filter(([way]) => ways.includes(way))) {
      it(`reaches nothing by ${way}, and is told why`, () =>
        nothingReached(() =>
          each(trying(tryable), async (spelling, index) => {
            const { outcome, events } = await attempt(bench, "deny-private", steps({ way, spelling, index }));
            assert.equal(outcome.status, "error", `${spelling.host}: ${outcome.failure?.message}`);
            assert.equal(outcome.failure?.code, "egress-refused", spelling.host);
            assert.match(outcome.failure?.message ?? "", /port \d+ is refused: it is/, spelling.host);
            const warned = events.some(
              (event) => event.type === "log" && / is refused: it is/.test(event.text),
            );
            assert.ok(warned, `${spelling.host} is not in the log`);
          }),
        ));

      it(`would reach this machine by ${way}`, () =>
        each(trying(reaching), async (spelling, index) => {
          const path = { way: `open ${way}`.replaceAll(" ", "-"), spelling, index };
          const { outcome } = await attempt(bench, "open", steps(path));
          assert.equal(outcome.status, "passed", `${spelling.host}: ${outcome.failure?.message}`);
          assert.ok(canary.has(pathOf(path)), `${spelling.host} was not reached`);
        }));
    }

    for (const way of Object.keys(pageWays)) {
      it(`lets a page reach nothing by ${way}`, () =>
        nothingReached(async () => {
          const { outcome, troubles } = await attempt(bench, "deny-private", pageSteps(way, spellings));
          assert.equal(outcome.status, "passed", outcome.failure?.message);
          assert.ok(troubles.length >= reaching.length / 2, `${troubles.length} refusals`);
          assert.ok(troubles.every(({ kind }) => kind === "refused"));
        }));

      it(`would let a page reach this machine by ${way}`, async () => {
        const named = `open-${way}`;
        const steps = pageSteps(way, reaching);
        const text = JSON.stringify(steps).replaceAll(`/${way}/`, `/${named}/`);
        const { outcome } = await attempt(bench, "open", JSON.parse(text));
        assert.equal(outcome.status, "passed", outcome.failure?.message);
        const missed = reaching.filter(
          (spelling, index) => !canary.has(pathOf({ way: named, spelling, index })),
        );
        assert.deepEqual(missed, []);
      });
    }
  });
}

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
      nothingReached(async () => {
        for (const host of ["127.0.0.1", "localhost", "[::1]"]) {
          const { outcome } = await attempt(bench, "deny-private", rtcSteps(host), path);
          assert.equal(outcome.status, "passed", outcome.failure?.message);
        }
      }),
    );

    it(`would send some from ${title}`, { skip }, async () => {
      const before = canary.packets;
      await attempt(bench, "open", rtcSteps("127.0.0.1"), path);
      assert.ok(canary.packets > before);
    });
  }

  it("is not there in Firefox", { skip: findFirefox() === null && noFirefox }, async () => {
    const firefox = await Bench.open("firefox");
    const steps: Written[] = [
      { type: "goto", url: `${lure.origin}/page` },
      { type: "evaluate", script: `return typeof RTCPeerConnection`, as: "rtc" },
    ];
    const { events } = await attempt(firefox, "deny-private", steps);
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
    const { outcome } = await bench.run([{ type: "goto", url: lure.origin }], { browser: held() });
    assert.deepEqual([outcome.status, outcome.failure?.code], ["error", "egress-not-held"]);
  });

  it("is none that runs elsewhere", async () => {
    const browser = { ...held(), endpoint: "ws://127.0.0.1:1/" };
    const proxy = { address: "127.0.0.1:9", direct: [] };
    const { outcome } = await bench.run([{ type: "goto", url: lure.origin }], { browser, proxy });
    assert.deepEqual([outcome.status, outcome.failure?.code], ["error", "egress-not-held"]);
  });

  it("says what was refused in the network of the attempt", async () => {
    const url = `http://127.0.0.1:${canary.port}/evidence`;
    const pass = await denying.open([], (trouble) => running.send({ type: "egress-trouble", trouble }));
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
      nothingReached(async () => {
        const { outcome } = await attempt(bench, "deny-private", [{ type: "goto", url }]);
        assert.deepEqual([outcome.status, outcome.failure?.code], ["failed", "address-refused"]);
      }));

    it(`is sent to no ${url}`, async () => {
      const steps: Written[] = [
        { type: "goto", url: `${lure.origin}/redirect?to=${encodeURIComponent(url)}` },
      ];
      const { outcome } = await attempt(bench, "deny-private", steps);
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
    const pass = await open.open([], (trouble) => running.send({ type: "egress-trouble", trouble }));
    const running = by.start([{ type: "goto", url }], { proxy: pass.plan, screenshots: "never" });
    const outcome = await running.outcome;
    pass.close();
    return outcome;
  }

  for (const { host } of spellings.filter(({ is }) => is === "metadata")) {
    it(`metadata is refused as ${host}`, async () => {
      const { status, failure } = await goingTo(`http://${host}:${canary.port}/`);
      assert.deepEqual([status, failure?.code], ["error", "egress-refused"], failure?.message);
    });
  }

  it("metadata is refused in Firefox, and this machine reached", {
    skip: findFirefox() === null && noFirefox,
  }, async () => {
    const firefox = await Bench.open("firefox");
    for (const host of ["169.254.169.254", "[::ffff:169.254.169.254]", "metadata.rebound.test"]) {
      const { status, failure } = await goingTo(`http://${host}:${canary.port}/`, firefox);
      assert.deepEqual([status, failure?.code], ["error", "egress-refused"], failure?.message);
    }
    for (const host of ["127.0.0.1", "localhost", "127-0-0-1.rebound.test"]) {
      assert.equal((await goingTo(`http://${host}:${canary.port}/open`, firefox)).status, "passed", host);
    }
    await closeBrowsers();
    await firefox.close();
  });

  for (const { host } of reaching) {
    it(`this machine is reached as ${host}`, async () => {
      const { status, failure } = await goingTo(`http://${host}:${canary.port}/open`);
      assert.equal(status, "passed", failure?.message);
    });
  }
});
