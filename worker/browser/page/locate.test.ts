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

/** The ids of what a locator matches, in order, found through nth. */
async function idsOf(locator: string): Promise<string[]> {
  const all = requestOf(locator, { kind: "count", comparison: ">=", count: 0, not: false }, 0);
  const { matches } = succeeded(await harness.run(all));
  const ids: string[] = [];
  for (let i = 0; i < matches; i++) {
    const one = requestOf(`${locator} >> nth=${i}`, actWant({ type: "read", attribute: "id" }), 0);
    ids.push(succeeded(await harness.run(one)).text ?? "");
  }
  return ids;
}

const fixture = `
  <header><nav aria-label="Main"><a id="home" href="/">Home</a><a id="anchor">No link</a></nav></header>
  <main>
    <h1 id="h1">Orders</h1><h2 id="h2" class="sub">Open orders</h2>
    <div id="fake" role="heading" aria-level="3">Third</div>
    <form><label for="email">E-mail address</label><input id="email" placeholder="you@example.org">
      <label id="wrap">Password <input id="pass" type="password"></label>
      <input id="search" type="search" aria-label="Search orders"><span id="hint">Amount due</span>
      <input id="amount" type="number" aria-labelledby="hint">
      <input id="agree" type="checkbox" checked><label for="agree">I agree</label>
      <select id="size"><option id="s">Small</option><option id="l" selected>Large</option></select>
      <button id="save" type="button" data-testid="save">Save <b id="b">all</b></button>
      <button id="save2" type="button" data-qa="other" disabled>Save</button>
      <input id="submit" type="submit" value="Send it">
    </form>
    <ul id="list"><li id="li1" class="item">One</li><li id="li2" class="item">Two</li><li id="li3" class="item">Three</li></ul>
    <img id="logo" alt="Company logo" title="Our logo" width=10 height=10>
    <p id="p">Total:&nbsp;&nbsp;<span id="sum">42   EUR</span></p>
    <div id="gone" hidden><button id="hid">Hidden action</button></div>
    <div aria-hidden="true"><button id="ariahid">Aria action</button></div>
    <button id="toggle" aria-pressed="true" aria-expanded="false">Toggle</button>
    <script>var x = "Orders in script"</script><style>.Orders {}</style>
  </main>`;

const cases: [locator: string, ids: string[]][] = [
  ["css=.item", ["li1", "li2", "li3"]],
  ["#list > .item:nth-child(2)", ["li2"]],
  ["#list >> css=> li >> nth=-1", ["li3"]],
  ["css=.item >> nth=1", ["li2"]],
  ["xpath=//li[2]", ["li2"]],
  ["//ul/li", ["li1", "li2", "li3"]],
  ["#list >> xpath=//li[1]", ["li1"]],
  ["#list >> xpath=(//li)[3]", ["li3"]],
  ["role=link", ["home"]],
  ['role=navigation[name="Main"] >> role=link', ["home"]],
  ["role=heading", ["h1", "h2", "fake"]],
  ["role=heading[level=2]", ["h2"]],
  ["role=heading[level=3]", ["fake"]],
  ["role=heading[name=orders]", ["h1", "h2"]],
  ['role=heading[name="Orders"]', ["h1"]],
  ["role=heading[name=/^open/i]", ["h2"]],
  ["role=button[name=save]", ["save", "save2"]],
  ["role=button[name=save][disabled=true]", ["save2"]],
  ['role=button[name="Save all"]', ["save"]],
  ["role=button[pressed]", ["toggle"]],
  ["role=button[name=Toggle][expanded=false]", ["toggle"]],
  ["role=button[name=action]", []],
  ["role=checkbox[checked]", ["agree"]],
  ["role=checkbox[checked=false]", []],
  ["role=option[selected]", ["l"]],
  ["role=textbox", ["email", "pass"]],
  ["role=searchbox", ["search"]],
  ["role=spinbutton[name=amount]", ["amount"]],
  ["role=combobox", ["size"]],
  ["role=img", ["logo"]],
  ["role=image[name=/logo/]", ["logo"]],
  ["role=listitem", ["li1", "li2", "li3"]],
  ["label=E-mail", ["email"]],
  ['label="Password"', ["pass"]],
  ["label=search orders", ["search"]],
  ["label=Amount due", ["amount"]],
  ["label=/agree$/", ["agree"]],
  ["text=open orders", ["h2"]],
  ['text="Orders"', ["h1"]],
  ['text="Save all"', ["save"]],
  ['text="all"', ["b"]],
  ["text=Total: 42 eur", ["p"]],
  ["text=/^42 EUR$/", ["sum"]],
  ["text=Send it", ["submit"]],
  ["text=in script", []],
  ["text=Hidden action", ["hid"]],
  ["placeholder=you@", ["email"]],
  ['alt="Company logo"', ["logo"]],
  ["title=our", ["logo"]],
  ["testid=save", ["save"]],
  ["testid=other", ["save2"]],
  ["css=main >> css=form >> label=Password", ["pass"]],
  ["css=.item >> text=Two", []],
];

test("every kind of locator finds what it names, in the order of the document", async () => {
  await harness.open(fixture);
  for (const [locator, ids] of cases) assert.deepEqual(await idsOf(locator), ids, locator);
});

test("locators see into open shadow roots, also across their borders; XPath does not", async () => {
  await harness.open(`
    <section id="light"><my-card id="card" class="card"><span id="slotted" slot="s">Slotted text</span></my-card></section>
    <button id="last">Press</button>
    <script>
      const outer = document.querySelector("my-card").attachShadow({ mode: "open" });
      outer.innerHTML = '<div id="box" class="box"><slot name="s"></slot><my-inner id="inner"></my-inner><label>Deep name <input id="deep" placeholder="deep"></label></div>';
      const inner = outer.querySelector("my-inner").attachShadow({ mode: "open" });
      inner.innerHTML = '<p id="para"><button id="button" data-testid="deep-button">Press me</button></p><div id="ref">Ref name</div><input id="named" aria-labelledby="ref">';
    </script>`);
  const deep: [string, string[]][] = [
    ["css=button", ["button", "last"]],
    ["css=.card button", ["button"]],
    ["css=section .box button", ["button"]],
    ["css=.card .box > my-inner p > button", ["button"]],
    ["css=.box .box button", []],
    ["css=div div button", []],
    ["css=.card p, #last", ["para", "last"]],
    ["css=my-card >> css=button", ["button"]],
    ["role=button", ["button", "last"]],
    ['role=button[name="Press me"]', ["button"]],
    ["role=textbox[name=deep]", ["deep"]],
    ["role=textbox[name=ref]", ["named"]],
    ["label=Deep name", ["deep"]],
    ["label=Ref name", ["named"]],
    ["text=press", ["button", "last"]],
    ["text=Slotted", ["slotted"]],
    ["testid=deep-button", ["button"]],
    ["placeholder=deep", ["deep"]],
    ["xpath=//button", ["last"]],
  ];
  for (const [locator, ids] of deep) assert.deepEqual(await idsOf(locator), ids, locator);
});

test("a shadow root that is attached without any other change is found", async () => {
  await harness.open(`<div id="host"></div>`);
  assert.deepEqual(await idsOf("css=button"), []);
  const found = harness.run(requestOf("css=button", actWant({ type: "point" })));
  await harness.page.evaluate(() => {
    const root = document.getElementById("host")?.attachShadow({ mode: "open" });
    if (root) root.innerHTML = "<button>Late</button>";
  });
  succeeded(await found);
});

test("a step that matches several fails with all of them and a locator for each", async () => {
  await harness.open(`
    <button data-testid="a">Save</button><button>Save</button><button aria-label="Save draft">x</button>`);
  const reply = await harness.run(requestOf("role=button", actWant({ type: "point" }), 100));
  const { message, detail } = failedWith(reply, "ambiguous-target");
  assert.equal(message, "role=button matches 3 elements; a step needs exactly one (waited 100 ms)");
  assert.match(detail, /1\. <button data-testid="a">Save<\/button>\n {3}testid="a"/);
  assert.match(detail, /2\. <button>Save<\/button>\n {3}role=button >> nth=1/);
  assert.match(
    detail,
    /3\. <button aria-label="Save draft">x<\/button>\n {3}role=button\[name="Save draft"\]/,
  );
  for (const [, locator] of detail.matchAll(/^ {3}(\S.*)$/gm)) {
    succeeded(await harness.run(requestOf(locator ?? "", { kind: "element" }, 0)));
  }
});

test("a miss names what comes nearest, with a locator for it", async () => {
  await harness.open(
    `<button>Sign in now</button><a href="/">Help</a><div class="cart-items" id="cart-list">x</div>`,
  );
  const role = await harness.run(requestOf('role=button[name="Sign in"]', actWant({ type: "point" }), 60));
  const missed = failedWith(role, "target-not-found");
  assert.equal(missed.message, 'no element matches role=button[name="Sign in"] (waited 60 ms)');
  assert.match(missed.detail, /- <button>Sign in now<\/button>\n {2}role=button\[name="Sign in now"\]/);
  const css = await harness.run(requestOf("css=#cart-lists", { kind: "element" }, 0));
  assert.match(failedWith(css, "target-not-found").detail, /id="cart-list"/);
  const inner = await harness.run(requestOf("css=.cart-items >> role=button", { kind: "element" }, 0));
  assert.match(failedWith(inner, "target-not-found").detail, /before role=button matches 1/);
});

test("a locator that is none fails at once and says why", async () => {
  await harness.open("<p>x</p>");
  const css = await harness.run(requestOf("css=p[", { kind: "element" }));
  assert.match(failedWith(css, "invalid-locator").message, /^css=p\[ is no CSS selector/);
  const xpath = await harness.run(requestOf("xpath=//p[", { kind: "element" }));
  assert.match(failedWith(xpath, "invalid-locator").message, /no XPath/);
  const number = await harness.run(requestOf("xpath=count(//p)", { kind: "element" }));
  failedWith(number, "invalid-locator");
});

test("the preferred locator is taken at once, a lower one only after the page has settled", async () => {
  await harness.open(`<button id="a">Go</button>`);
  const first = succeeded(await harness.run(requestOf(["css=#a", "text=Go"], { kind: "element" })));
  assert.deepEqual(first.locator, { index: 0, source: "css=#a" });
  const began = performance.now();
  const second = succeeded(
    await harness.run(requestOf(["css=#nope", "text=Go"], { kind: "element" }, 2_000)),
  );
  assert.deepEqual(second.locator, { index: 1, source: "text=Go" });
  assert.ok(performance.now() - began >= 295, "it waits for the preferred one");
});

test("a preferred locator that matches late is still preferred", async () => {
  await harness.open(`<button id="a">Go</button>`);
  const reply = harness.run(requestOf(["css=#late", "text=Go"], { kind: "element" }, 4_000));
  await harness.page.evaluate(() => {
    setTimeout(() => document.body.insertAdjacentHTML("beforeend", '<i id="late">Late</i>'), 100);
  });
  assert.equal(succeeded(await reply).locator?.source, "css=#late");
});

test("an ambiguous preferred locator gives way to a unique one behind it", async () => {
  await harness.open(`<button>Go</button><button id="b">Go</button>`);
  const reply = await harness.run(requestOf(["text=Go", "css=#b"], { kind: "element" }, 400));
  assert.equal(succeeded(reply).locator?.index, 1);
});
