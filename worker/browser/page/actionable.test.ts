import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  actWant,
  failedWith,
  openPageHarness,
  type PageHarness,
  requestOf,
  succeeded,
} from "../testing/page-harness.ts";

let harness: PageHarness;
before(async () => {
  harness = await openPageHarness();
});
after(() => harness.close());

const press = (target: string, timeoutMs = 2_000, position: { x: number; y: number } | null = null) =>
  harness.run(requestOf(target, actWant({ type: "point" }, position), timeoutMs));

/** What the page says is at the point that was answered. */
async function idAt(point: { x: number; y: number } | null): Promise<string> {
  return harness.page.evaluate(
    (x, y) => document.elementFromPoint(x, y)?.id ?? "",
    point?.x ?? -1,
    point?.y ?? -1,
  );
}

test("an element that nobody can use fails with what hinders them", async () => {
  await harness.open(`<style>.over{position:fixed;inset:0;z-index:9}</style>
    <button id=none style="display:none">x</button><button id=vis style="visibility:hidden">x</button>
    <div id=closed style="display:none"><button id=in>x</button></div>
    <details><summary>s</summary><button id=det>x</button></details>
    <div id=empty></div><button id=dis disabled>x</button><fieldset disabled><button id=fs>x</button></fieldset>
    <div aria-disabled=true><button id=aria>x</button></div><button id=pe style="pointer-events:none">x</button>
    <input id=ro readonly><input id=aro aria-readonly=true>`);
  const cases: [string, string, string][] = [
    ["none", "not-visible", "expected css=#none to be visible, but it has display: none"],
    ["vis", "not-visible", "expected css=#vis to be visible, but it has visibility: hidden"],
    [
      "in",
      "not-visible",
      'expected css=#in to be visible, but it is inside of <div id="closed">x</div>, which has display: none',
    ],
    [
      "det",
      "not-visible",
      "expected css=#det to be visible, but it is inside of <details>sx</details>, which is closed",
    ],
    ["dis", "not-enabled", "expected css=#dis to be enabled, but it is disabled"],
    ["fs", "not-enabled", "expected css=#fs to be enabled, but it is disabled by the fieldset around it"],
    [
      "aria",
      "not-enabled",
      "expected css=#aria to be enabled, but it is disabled by <div>x</div> around it (aria-disabled)",
    ],
    [
      "pe",
      "covered",
      "expected css=#pe to receive the pointer, but it lets the pointer through (pointer-events: none)",
    ],
  ];
  for (const [id, code, message] of cases) {
    assert.equal(failedWith(await press(`css=#${id}`, 60), code).message, `${message} (waited 60 ms)`);
  }
  assert.match(
    failedWith(await press("css=#empty", 60), "not-visible").message,
    /has an empty box \(\d+×0\)/,
  );
  for (const id of ["ro", "aro"]) {
    const fill = await harness.run(requestOf(`css=#${id}`, actWant({ type: "fill", value: "x" }), 60));
    assert.match(failedWith(fill, "not-editable").message, /to be editable, but it is read-only/);
  }
  const gone = await harness.run(requestOf("css=#gone", actWant({ type: "point" }), 60));
  failedWith(gone, "target-not-found");
});

test("a covered element fails with the name of what covers it", async () => {
  await harness.open(`<button id=b>Pay</button>
    <div id=modal class=modal style="position:fixed;inset:0;background:#0003"><p id=inner style="height:100%;margin:0">Wait</p></div>`);
  const { message } = failedWith(await press("css=#b", 150), "covered");
  assert.equal(
    message,
    'expected css=#b to receive the pointer, but it is covered by <p id="inner">Wait</p>, a part of <div id="modal" class="modal">Wait</div> (waited 150 ms)',
  );
  const found = press("css=#b");
  await harness.page.evaluate(() => setTimeout(() => document.getElementById("modal")?.remove(), 100));
  assert.equal(await idAt(succeeded(await found).point), "b");
});

test("the detail of a failure tells what was seen on the way", async () => {
  await harness.open(`<div id=d></div>`);
  const reply = press("css=#b", 500);
  await harness.page.evaluate(() => {
    const html = '<button id=b style="visibility:hidden" disabled>x</button>';
    setTimeout(() => document.body.insertAdjacentHTML("beforeend", html), 80);
    setTimeout(() => document.getElementById("b")?.removeAttribute("style"), 200);
  });
  const { detail } = failedWith(await reply, "not-enabled");
  assert.match(
    detail,
    /\+\d+ ms no element matches\n\+\d+ ms .* visibility: hidden\n\+\d+ ms .* it is disabled/,
  );
});

test("the point is where a press reaches the element", async () => {
  await harness.open(`<style>body{margin:0}</style>
    <button id=plain style="position:absolute;left:100px;top:50px;width:80px;height:40px">x</button>
    <button id=faint style="position:absolute;left:300px;top:50px;width:80px;height:40px;opacity:0">x</button>
    <button id=partly style="position:absolute;left:-50px;top:200px;width:150px;height:20px">x</button>
    <p style="position:absolute;top:250px;width:120px;font:20px monospace">some words then <a id=wrapped href=#>a link that wraps</a></p>`);
  const plain = succeeded(await press("css=#plain"));
  assert.deepEqual(plain.point, { x: 140, y: 70 });
  assert.deepEqual(plain.box, { x: 100, y: 50, width: 80, height: 40 });
  assert.deepEqual(succeeded(await press("css=#plain", 500, { x: 5, y: 7 })).point, { x: 105, y: 57 });
  assert.deepEqual(succeeded(await press("css=#faint")).point, { x: 340, y: 70 });
  assert.deepEqual(succeeded(await press("css=#partly")).point, { x: 50, y: 210 });
  assert.equal(await idAt(succeeded(await press("css=#wrapped")).point), "wrapped");
});

test("what is out of view is scrolled there, also inside of scrolling boxes and under bars", async () => {
  await harness.open(`<style>html{scroll-behavior:smooth}body{margin:0}</style>
    <div id=bar style="position:fixed;inset:0 0 auto;height:290px;background:#eee;z-index:2"></div>
    <div id=foot style="position:fixed;inset:auto 0 0;height:40px;background:#eee;z-index:2"></div>
    <div style="height:2000px"></div><button id=far style="height:30px">x</button>
    <div id=box style="overflow:auto;height:100px;width:200px"><div style="height:900px;width:900px"></div>
      <button id=nested style="margin-left:700px">x</button></div><div style="height:2000px"></div>`);
  assert.equal(await idAt(succeeded(await press("css=#far")).point), "far");
  assert.equal(await idAt(succeeded(await press("css=#nested")).point), "nested");
  await harness.page.evaluate(() => document.getElementById("bar")?.style.setProperty("height", "330px"));
  await harness.page.evaluate(() => document.getElementById("foot")?.remove());
  await harness.page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
  assert.equal(await idAt(succeeded(await press("css=#far")).point), "far", "another alignment is tried");
});

test("labels, insides and the button around count as the element", async () => {
  await harness.open(`<style>label{position:relative}label i{position:absolute;inset:0}</style>
    <label id=l><input id=c type=checkbox><i></i></label>
    <button id=b><span id=s style="pointer-events:none">Text</span></button><a href=#><b id=in>inside</b></a>
    <x-b id=x></x-b><script>document.querySelector("x-b").attachShadow({mode:"open"}).innerHTML="<button><slot></slot>Deep</button>"</script>`);
  for (const target of ["css=#c", "css=#b", "css=#s", "css=#in", "css=#x", "css=#x button"]) {
    assert.ok(succeeded(await press(target)).point, target);
  }
});

/** Ways in which pages move things, each as a script that moves `b` for about 400 ms. */
const movers: [string, string][] = [
  [
    "frame by frame",
    `let x = 0; (function f() { b.style.left = ++x * 3 + "px"; if (x < 25) requestAnimationFrame(f); else done = 1; })()`,
  ],
  [
    "by timer",
    `let x = 0; const t = setInterval(() => { b.style.left = ++x * 3 + "px"; if (x > 40) { clearInterval(t); done = 1; } }, 10)`,
  ],
  [
    "by transition",
    `b.style.transition = "left 400ms linear"; getComputedStyle(b).left; b.style.left = "300px"; b.addEventListener("transitionend", () => { done = 1; })`,
  ],
  [
    "by animation",
    `b.animate([{ left: "0px" }, { left: "300px" }], { duration: 400, fill: "forwards" }).onfinish = () => { done = 1; }`,
  ],
  [
    "by what stands above",
    `above.animate([{ height: "0px" }, { height: "200px" }], { duration: 400, fill: "forwards" }).onfinish = () => { done = 1; }`,
  ],
  [
    "inside a shadow root",
    `host.shadowRoot.querySelector("div").animate([{ height: "0px" }, { height: "200px" }], { duration: 400, fill: "forwards" }).onfinish = () => { done = 1; }`,
  ],
  [
    "inside a closed shadow root",
    `sealed.animate([{ height: "0px" }, { height: "200px" }], { duration: 400, fill: "forwards" }).onfinish = () => { done = 1; }`,
  ],
  [
    "by smooth scrolling",
    `scrollTo({ top: 300, behavior: "smooth" }); addEventListener("scrollend", () => { done = 1; })`,
  ],
];
/** What has not moved yet stands still. */
const untilMoving = `new Promise((resolve) => {
  const { x, y } = b.getBoundingClientRect();
  const look = () => { const at = b.getBoundingClientRect(); at.x !== x || at.y !== y ? resolve() : setTimeout(look, 1); };
  look();
})`;
const stage = `<style>body{margin:0}#b{position:relative;left:0;top:0;width:60px;height:30px}</style>
  <x-h id=host></x-h><x-c id=c></x-c><div id=above></div><button id=b>x</button><div style="height:3000px"></div>
  <script>var done = 0; host.attachShadow({mode:"open"}).innerHTML = "<div></div>";
  var sealed = document.createElement("div"); c.attachShadow({mode:"closed"}).append(sealed);</script>`;

for (const [how, script] of movers) {
  test(`an element that moves ${how} is pressed only when it stands still`, async () => {
    const html = how.includes("closed")
      ? stage
      : stage.replace("<x-c id=c></x-c>", "").replace(/\n {2}var sealed.*?;(?=<)/s, "");
    await harness.open(html);
    // Long enough for the shortcut of a quiet page to be taken, were it not for the move.
    succeeded(await press("css=#b"));
    await harness.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 80)));
    await harness.page.evaluate(`{ ${script} } ${untilMoving}`);
    const reply = succeeded(await press("css=#b", 5_000));
    assert.equal(await harness.page.evaluate("done"), 1, "the move is over");
    const box = await harness.page.evaluate(() =>
      document.getElementById("b")?.getBoundingClientRect().toJSON(),
    );
    assert.deepEqual([reply.box?.x, reply.box?.y], [box.x, box.y]);
  });
}

test("an element that never stands still fails with where it went", async () => {
  await harness.open(
    `<style>@keyframes k{to{left:500px}}#b{position:relative;left:0;animation:k 1s linear infinite}</style><button id=b>x</button>`,
  );
  const { message } = failedWith(await press("css=#b", 400), "not-stable");
  assert.match(
    message,
    /^expected css=#b to stand still, but it moved from \(\d+, \d+, \d+×\d+\) to \(.*\) \(waited 400 ms\)$/,
  );
});

test("a spinner elsewhere does not hold up a press", async () => {
  await harness.open(
    `<style>@keyframes k{to{rotate:360deg}}i{animation:k 1s linear infinite}</style><i>o</i><button id=b>x</button>`,
  );
  succeeded(await press("css=#b", 1_000));
});

test("an element that a page puts in place of another one is pressed instead", async () => {
  await harness.open(`<div id=d></div><script>let n = 0; const t = setInterval(() => {
    d.innerHTML = '<button id=b>' + (++n) + '</button>'; if (n > 12) clearInterval(t); }, 12)</script>`);
  succeeded(await press("css=#b", 5_000));
  assert.equal(await harness.page.evaluate(() => document.getElementById("b")?.textContent), "13");
});

test("a press in a quiet page waits for no frame", async () => {
  const rows = Array.from(
    { length: 400 },
    (_, i) => `<tr><td>Row ${i}</td><td><button>Edit ${i}</button></td></tr>`,
  );
  await harness.open(`<table>${rows.join("")}</table>`);
  const request = requestOf('role=button[name="Edit 7"]', actWant({ type: "point" }));
  const counted = `(async () => {
    await __verdict.run(${JSON.stringify(request)});
    await new Promise((resolve) => setTimeout(resolve, 100));
    let frames = 0;
    const draw = globalThis.requestAnimationFrame;
    globalThis.requestAnimationFrame = (callback) => { frames++; return draw(callback); };
    for (let i = 0; i < 9; i++) {
      const reply = await __verdict.run(${JSON.stringify(request)});
      if (!reply.ok) throw new Error(reply.failure.message);
    }
    globalThis.requestAnimationFrame = draw;
    return frames;
  })()`;
  assert.equal(await harness.inWorld<number>(counted), 0);
});

test("a press in the background ends, though no frame comes", async () => {
  await harness.open(`<button id=b>x</button>`);
  await harness.inWorld("globalThis.requestAnimationFrame = () => 0");
  await harness.page.evaluate(() => document.body.setAttribute("data-touched", "1"));
  succeeded(await press("css=#b", 2_000));
});
