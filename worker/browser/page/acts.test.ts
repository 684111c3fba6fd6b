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
import type { Act } from "./contract.ts";

let harness: PageHarness;
before(async () => {
  harness = await openPageHarness();
});
after(() => harness.close());

const act = (target: string, what: Act, timeoutMs = 500) =>
  harness.run(requestOf(target, actWant(what), timeoutMs));
const read = async (target: string, attribute: string | null = null) =>
  succeeded(await act(target, { type: "read", attribute })).text;

test("every kind of field is filled, and the page is told", async () => {
  const types = [
    "text",
    "password",
    "email",
    "search",
    "tel",
    "url",
    "number",
    "date",
    "time",
    "datetime-local",
    "month",
    "week",
    "color",
    "range",
  ];
  await harness.open(`${types.map((type) => `<input id=${type} type=${type} value="">`).join("")}
    <textarea id=area>old</textarea><div id=edit contenteditable>old <b>text</b></div><input id=short maxlength=3>
    <label id=label>Named <input id=named value=old></label>
    <script>var log = []; for (const type of ["input", "change"]) addEventListener(type, (e) => log.push(e.target.id + ":" + type), true);</script>`);
  const values: [string, string, string?][] = [
    ["text", "a b"],
    ["password", "s3cret"],
    ["email", "a@b.c"],
    ["search", "q"],
    ["tel", "+49 1"],
    ["url", "http://x/"],
    ["number", "-12.5"],
    ["date", "2026-02-28"],
    ["time", "13:05"],
    ["datetime-local", "2026-02-28T13:05"],
    ["month", "2026-02"],
    ["week", "2026-W07"],
    ["color", "#FF8800", "#ff8800"],
    ["range", "70"],
    ["area", "line 1\nline 2"],
    ["short", "abcdef", "abc"],
  ];
  for (const [id, value, held] of values) {
    succeeded(await act(`css=#${id}`, { type: "fill", value }));
    assert.equal(await read(`css=#${id}`), held ?? value, id);
    const log = await harness.page.evaluate("log.splice(0)");
    assert.deepEqual(log, [`${id}:input`, `${id}:change`]);
    assert.equal(await harness.page.evaluate(() => document.activeElement?.id), id);
  }
  succeeded(await act("css=#edit", { type: "fill", value: "new text" }));
  assert.equal(await read("css=#edit"), "new text");
  assert.deepEqual(await harness.page.evaluate("log.splice(0)"), ["edit:input"]);
  succeeded(await act("css=#edit", { type: "fill", value: "" }));
  assert.equal(await read("css=#edit"), "");
  succeeded(await act("css=#label", { type: "fill", value: "by label" }));
  assert.equal(await read("css=#named"), "by label");
  succeeded(await act("css=#named", { type: "fill", value: "" }));
  assert.equal(await read("css=#named"), "");
});

test("a field that can't hold the value, or is none, fails at once and says what would be right", async () => {
  await harness.open(`<input id=n type=number><input id=d type=date><input id=k type=color><input id=r type=range max=50>
    <input id=c type=checkbox><input id=f type=file><select id=s></select><p id=p>x</p><input id=b type=submit>`);
  const refused: [string, string, RegExp][] = [
    ["n", "abc", /type number does not take "abc"; what is right looks like a number/],
    ["d", "28.02.2026", /looks like yyyy-mm-dd/],
    ["d", "2026-02-31", /looks like yyyy-mm-dd/],
    ["k", "red", /#rrggbb/],
    ["r", "70", /a number from min to max/],
  ];
  for (const [id, value, message] of refused) {
    const reply = await act(`css=#${id}`, { type: "fill", value }, 20_000);
    assert.match(failedWith(reply, "wrong-value").message, message);
  }
  const wrong: [string, RegExp][] = [
    ["c", /use check or uncheck/],
    ["f", /use upload/],
    ["s", /use select/],
    ["p", /^<p id="p">x<\/p> is no field/],
    ["b", /use click/],
  ];
  for (const [id, message] of wrong) {
    const reply = await act(`css=#${id}`, { type: "fill", value: "x" }, 20_000);
    assert.match(failedWith(reply, "wrong-element").message, message);
  }
});

test("a field whose library watches the value on the element sees ours as typed", async () => {
  await harness.open(`<input id=i value=a><p id=p></p><script>
    // As React does: the last known value is kept by a property of the element, and an event without a change is dropped.
    const own = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
    let known = i.value;
    Object.defineProperty(i, "value", { configurable: true, get() { return own.get.call(this); },
      set(value) { known = value; own.set.call(this, value); } });
    i.addEventListener("input", () => { if (i.value === known) return; known = i.value; p.textContent = "state " + known; i.value = known; });
  </script>`);
  succeeded(await act("css=#i", { type: "fill", value: "b" }));
  assert.equal(await read("css=#p"), "state b");
});

test("options are chosen by value, label or trimmed label, and waited for", async () => {
  await harness.open(`<select id=s><option value=1>One</option><option value=2> Two
      words </option><option value=3 disabled>Three</option></select>
    <select id=m multiple><option>a</option><option selected>b</option><option>c</option></select><p id=p>x</p>
    <script>var log = []; for (const t of ["input", "change"]) addEventListener(t, () => log.push(t));</script>`);
  for (const [option, value] of [
    ["2", "2"],
    ["One", "1"],
    ["Two words", "2"],
  ] as const) {
    succeeded(await act("css=#s", { type: "select", options: [option] }));
    assert.equal(await read("css=#s"), value);
  }
  assert.deepEqual(await harness.page.evaluate("log"), [
    "input",
    "change",
    "input",
    "change",
    "input",
    "change",
  ]);
  succeeded(await act("css=#m", { type: "select", options: ["a", "c"] }));
  assert.equal(await read("css=#m"), "a,c");
  const unknown = failedWith(
    await act("css=#s", { type: "select", options: ["Four"] }, 60),
    "option-not-found",
  );
  assert.equal(unknown.message, 'expected an option "Four", but there is none among 3 (waited 60 ms)');
  assert.match(unknown.detail, /- "Two words" \(value "2"\)\n- "Three" \(value "3", disabled\)/);
  failedWith(await act("css=#s", { type: "select", options: ["3"] }, 60), "option-not-found");
  failedWith(await act("css=#s", { type: "select", options: ["1", "2"] }), "wrong-value");
  assert.match(
    failedWith(await act("css=#p", { type: "select", options: ["1"] }), "wrong-element").message,
    /click it/,
  );
  const late = act("css=#s", { type: "select", options: ["Five"] }, 3_000);
  await harness.page.evaluate(() => {
    setTimeout(
      () => document.getElementById("s")?.insertAdjacentHTML("beforeend", "<option value=5>Five</option>"),
      80,
    );
  });
  succeeded(await late);
  assert.equal(await read("css=#s"), "5");
});

test("a toggle asks for a click only when it is needed, and where it is possible", async () => {
  await harness.open(`<input id=on type=checkbox checked><input id=off type=checkbox>
    <div id=sw role=switch aria-checked=false tabindex=0>switch</div><input id=r type=radio checked>
    <label id=l><input id=styled type=checkbox style="display:none">Styled</label><p id=p>x</p>`);
  const on = succeeded(await act("css=#on", { type: "toggle", checked: true }));
  assert.deepEqual([on.done, on.point], [true, null]);
  const off = succeeded(await act("css=#off", { type: "toggle", checked: true }));
  assert.equal(off.done, false);
  assert.ok(off.point);
  assert.ok(succeeded(await act("css=#sw", { type: "toggle", checked: true })).point);
  assert.equal(succeeded(await act("css=#sw", { type: "toggle", checked: false })).done, true);
  const styled = succeeded(await act("css=#styled", { type: "toggle", checked: true }));
  const hit = await harness.page.evaluate(
    (x, y) => document.elementFromPoint(x, y)?.id,
    styled.point?.x ?? 0,
    styled.point?.y ?? 0,
  );
  assert.equal(hit, "l", "the label is pressed where the control is not drawn");
  assert.match(
    failedWith(await act("css=#r", { type: "toggle", checked: false }), "wrong-element").message,
    /radio/,
  );
  failedWith(await act("css=#p", { type: "toggle", checked: true }), "wrong-element");
});

test("the focus is taken, or it is said that it can't be", async () => {
  await harness.open(`<input id=i><p id=p>x</p><label id=l>L <input id=li></label>
    <x-a id=x></x-a><script>x.attachShadow({mode:"open"}).innerHTML="<input id=deep>"</script>`);
  for (const target of ["css=#i", "css=#l", "css=#x input", "css=body"])
    succeeded(await act(target, { type: "focus" }));
  assert.match(
    failedWith(await act("css=#p", { type: "focus" }), "wrong-element").message,
    /can't take the focus/,
  );
});

test("text, values and attributes are read", async () => {
  await harness.open(
    `<p id=p title="A  tip">One <b>two</b><i hidden>no</i></p><input id=i value=a><select id=s><option value=v>L</option></select>`,
  );
  await harness.page.evaluate(() =>
    Object.assign(document.getElementById("i") as HTMLInputElement, { value: "b" }),
  );
  assert.equal(await read("css=#p"), "One two");
  assert.equal(await read("css=#p", "title"), "A  tip");
  assert.equal(await read("css=#p", "missing"), null);
  assert.equal(await read("css=#i"), "b");
  assert.equal(await read("css=#i", "value"), "b");
  assert.equal(await read("css=#s"), "v");
});

test("pages and elements are scrolled", async () => {
  await harness.open(`<style>html{scroll-behavior:smooth}</style><div id=box style="overflow:auto;height:50px;width:50px"><div style="height:500px;width:500px"></div></div>
    <div style="height:3000px"></div><p id=end>end</p>`);
  succeeded(await act("css=#box", { type: "scrollTo", x: null, y: 120 }));
  assert.equal(await harness.page.evaluate(() => document.getElementById("box")?.scrollTop), 120);
  succeeded(
    await harness.run({ locators: [], want: actWant({ type: "scrollTo", x: null, y: 400 }), timeoutMs: 100 }),
  );
  assert.equal(await harness.page.evaluate(() => scrollY), 400);
  const end = succeeded(await act("css=#end", { type: "scrollIntoView" }));
  assert.ok((end.box?.y ?? 9_999) < 600);
});

test("a file field is found behind its label, and named for the thread", async () => {
  await harness.open(
    `<label id=l>Photo <input id=f type=file hidden></label><div id=drop><input type=file style="display:none"></div><p id=p>x</p>`,
  );
  for (const target of ["css=#f", "css=#l", "label=Photo", "css=#drop"]) {
    const { elementToken } = succeeded(await act(target, { type: "fileInput", files: 1 }));
    assert.equal(await harness.inWorld(`__verdict.elements.get("${elementToken}").type`), "file", target);
  }
  failedWith(await act("css=#p", { type: "fileInput", files: 1 }), "wrong-element");
  assert.equal(await harness.inWorld("__verdict.elements.size"), 0);
});

test("the script may be sent twice, and a document that was written anew is still watched", async () => {
  await harness.open(`<p>x</p>`);
  const { pageScript } = await import("./bundle.ts");
  await harness.inWorld("globalThis.first = __verdict");
  await harness.inWorld(pageScript());
  assert.equal(await harness.inWorld("first === __verdict"), true);
  await harness.page.evaluate(() => {
    document.open();
    document.write("<button id=b>New</button>");
    document.close();
  });
  succeeded(await act("role=button", { type: "point" }));
});
