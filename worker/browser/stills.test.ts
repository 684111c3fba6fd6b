import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { decode } from "fast-png";
import type { BrowserName } from "../../db/domain/steps/definition.ts";
import type { AttemptPlan } from "./protocol.ts";
import { findFirefox, noFirefox } from "./testing/find-browser.ts";
import { Bench, type Finished, type Written } from "./testing/run.ts";
import { type Site, startSite } from "./testing/site.ts";
import { closeBrowsers } from "./thread.ts";

/** What a picture shows that waits for approval, pixel by pixel. */

type Box = { x: number; y: number; width: number; height: number };
type Colour = [number, number, number];
const pink: Colour = [255, 0, 255];
const black: Colour = [0, 0, 0];

function coloursIn(run: Finished, name: string, { x, y, width, height }: Box): Set<string> {
  const file = run.artifacts.find((artifact) => artifact.name === `${name} actual.png`);
  assert.ok(file, JSON.stringify(run.outcome));
  const image = decode(file.bytes);
  const colours = new Set<string>();
  for (let row = y; row < y + height; row++) {
    for (let column = x; column < x + width; column++) {
      const at = (row * image.width + column) * image.channels;
      colours.add([...image.data.slice(at, at + 3)].join(","));
    }
  }
  return colours;
}

const only = (colour: Colour) => new Set([colour.join(",")]);
const at = (left: number, top: number) => `position:absolute;left:${left}px;top:${top}px`;

const pages = {
  "/secret": `<input id="p" style="${at(20, 20)};width:200px;height:30px;border:0;color:#d00;background:#fff">`,
  "/frame": `<iframe style="${at(30, 40)};border:5px solid #0a0;padding:7px;width:200px;height:100px" srcdoc="
    <body style='margin:0'><div id='m' style='position:absolute;left:10px;top:20px;width:50px;height:30px;background:#07c'></div>"></iframe>
    <p class="m" style="${at(300, 40)};margin:0;width:40px;height:20px;background:#07c"></p>
    <p class="m" style="${at(300, 80)};margin:0;width:40px;height:20px;background:#07c"></p>`,
  "/tall": `<body style="margin:0;height:1500px"><div id="m" style="${at(10, 1400)};width:30px;height:20px;background:#07c"></div>`,
  "/moving": `<style>@keyframes grow { to { width: 300px } } @keyframes spin { to { transform: rotate(1turn) } }
    #a { ${at(0, 0)}; width: 10px; height: 10px; background: #07c; animation: grow 60s forwards }
    #b { ${at(0, 40)}; width: 10px; height: 10px; background: #0a0; animation: spin 3s infinite }</style><div id=a></div><div id=b></div>`,
};

for (const browser of ["chromium", "firefox"] as const) {
  const isThere = browser === "chromium" || findFirefox() !== null;
  if (isThere) describe(`pictures in ${browser}`, () => picturesIn(browser));
  else test(`pictures in ${browser}`, { skip: noFirefox }, () => undefined);
}

function picturesIn(browser: BrowserName): void {
  let bench: Bench;
  let site: Site;
  before(async () => {
    bench = await Bench.open(browser);
    site = await startSite(pages);
  });
  after(async () => {
    await closeBrowsers();
    await site.close();
    await bench.close();
  });

  async function picture(path: string, steps: Written[], plan: Partial<AttemptPlan> = {}): Promise<Finished> {
    const how = { baseUrl: site.url, newSnapshots: "pass", timeoutMs: 120_000, ...plan } as const;
    const run = await bench.run([{ type: "goto", url: path }, ...steps], how);
    assert.equal(run.outcome.status, "passed", JSON.stringify(run.outcome.failure));
    return run;
  }

  test("a field that was given a secret is black, and looks as before afterwards", async () => {
    const run = await picture(
      "/secret",
      [
        { type: "fill", target: "css=#p", value: "{{secrets.password}}" },
        { type: "expectSnapshot", name: "secret" },
        { type: "expectCss", target: "css=#p", property: "background-color", value: "rgb(255, 255, 255)" },
      ],
      { secrets: { password: "hunter-2-hunter" } },
    );
    assert.deepEqual(coloursIn(run, "secret", { x: 22, y: 22, width: 196, height: 26 }), only(black));
    const [finding] = run.of("snapshot");
    assert.deepEqual([finding?.result, finding?.browser, finding?.width], ["new", browser, 800]);
  });

  test("all that a mask matches is painted over, in frames as well, and nothing else", async () => {
    const mask = ["frame=iframe >> css=#m", "css=p.m", "css=.nowhere"];
    const run = await picture("/frame", [{ type: "expectSnapshot", name: "masked", mask }]);
    // The frame's border and padding lie before its document.
    assert.deepEqual(coloursIn(run, "masked", { x: 52, y: 72, width: 50, height: 30 }), only(pink));
    assert.ok(!coloursIn(run, "masked", { x: 51, y: 71, width: 1, height: 32 }).has(pink.join(",")));
    assert.deepEqual(coloursIn(run, "masked", { x: 300, y: 40, width: 40, height: 20 }), only(pink));
    assert.deepEqual(coloursIn(run, "masked", { x: 300, y: 80, width: 40, height: 20 }), only(pink));
  });

  test("a whole page is masked where the element is on it", async () => {
    const steps: Written[] = [
      { type: "scroll", target: "css=#m" },
      { type: "expectSnapshot", name: "tall", fullPage: true, mask: ["css=#m"] },
    ];
    const run = await picture("/tall", steps);
    assert.equal(run.artifacts.find(({ name }) => name === "tall actual.png")?.height, 1500);
    assert.deepEqual(coloursIn(run, "tall", { x: 10, y: 1400, width: 30, height: 20 }), only(pink));
  });

  test("animations are at their end or their beginning, and those without an end go on", async () => {
    const running = "document.getAnimations().filter((a) => a.playState === 'running').length";
    const run = await picture("/moving", [
      { type: "expectSnapshot", name: "moving" },
      { type: "evaluate", script: running, as: "left" },
    ]);
    assert.deepEqual(coloursIn(run, "moving", { x: 0, y: 0, width: 300, height: 10 }), only([0, 119, 204]));
    assert.deepEqual(coloursIn(run, "moving", { x: 0, y: 40, width: 10, height: 10 }), only([0, 170, 0]));
    assert.deepEqual(
      run.of("variable-set").map(({ value }) => value),
      ["1"],
    );
  });

  test("a mask is as large as the pixels of the device make it", async () => {
    const run = await picture("/frame", [
      { type: "setViewport", width: 800, height: 600, deviceScaleFactor: 2 },
      { type: "expectSnapshot", name: "fine", mask: ["css=p.m"] },
    ]);
    assert.deepEqual(coloursIn(run, "fine", { x: 600, y: 80, width: 80, height: 40 }), only(pink));
    assert.equal(run.of("snapshot")[0]?.scale, 2);
  });
}

test("a name that holds a secret, or is too long, is refused", async (t) => {
  const bench = await Bench.open();
  const site = await startSite(pages);
  t.after(async () => {
    await closeBrowsers();
    await site.close();
    await bench.close();
  });
  const failureOf = async (name: string) => {
    const variables = { long: "x".repeat(201) };
    const plan = { baseUrl: site.url, secrets: { password: "hunter-2-hunter" }, variables };
    const steps: Written[] = [
      { type: "goto", url: "/tall" },
      { type: "expectSnapshot", name },
    ];
    return (await bench.run(steps, plan)).outcome.failure;
  };
  const secret = await failureOf("{{secrets.password}}");
  assert.equal(secret?.code, "invalid-name");
  assert.doesNotMatch(JSON.stringify(secret), /hunter/);
  const long = await failureOf("{{long}}");
  assert.equal(long?.message, "the name of a snapshot has 1 to 200 characters; this one has 201");
});
