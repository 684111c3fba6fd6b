import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  failedWith,
  openPageHarness,
  type PageHarness,
  requestOf,
  succeeded,
} from "../testing/page-harness.ts";
import { matchesAddress } from "./address.ts";
import type { TextExpectation, Want } from "./contract.ts";

let harness: PageHarness;
before(async () => {
  harness = await openPageHarness();
});
after(() => harness.close());

const ask = (target: string | string[], want: Want, timeoutMs = 0) =>
  harness.run(requestOf(target, want, timeoutMs));
const about = (want: Want, timeoutMs = 0) => harness.run({ locators: [], want, timeoutMs });

function expecting(text: string, match: TextExpectation["match"] = "contains", ignoreCase = false) {
  return { text, match, ignoreCase };
}
function state(name: Extract<Want, { kind: "state" }>["state"], not = false): Want {
  return { kind: "state", state: name, not };
}
function textWant(text: string, match?: TextExpectation["match"], not = false): Want {
  return { kind: "text", expected: expecting(text, match), not };
}

/** Runs something in the page a little later, while a request is waiting. */
async function soon(script: string, ms = 120): Promise<void> {
  await harness.page.evaluate(`void setTimeout(() => { ${script} }, ${ms})`);
}

test("text is compared as a person reads it", async () => {
  await harness.open(`
    <p id=p>Total&nbsp;  <b>2</b>\n items<span style="display:none"> hidden</span><script>"script"</script></p>
    <div id=blocks><div>One</div><div>Two</div></div><div id=up style="text-transform:uppercase">Save all</div>
    <input id=in value="typed"><div id=none style="display:none">Unseen</div>
    <x-slot id=slot>light</x-slot><script>document.querySelector("x-slot").attachShadow({mode:"open"}).innerHTML="<i>deep </i><slot></slot>"</script>`);
  const holds: [string, string, TextExpectation["match"]][] = [
    ["css=#p", "Total 2 items", "exact"],
    ["css=#p", "total", "regex"],
    ["css=#p", " 2  items ", "contains"],
    ["css=#blocks", "One Two", "exact"],
    ["css=#up", "Save all", "exact"],
    ["css=#up", "SAVE ALL", "exact"],
    ["css=#in", "typed", "exact"],
    ["css=#none", "Unseen", "exact"],
    ["css=#slot", "deep light", "exact"],
  ];
  for (const [target, text, match] of holds) {
    const expected = expecting(text, match, match === "regex");
    const reply = await ask(target, { kind: "text", expected, not: false });
    assert.ok(reply.ok, `${target} ${text}: ${reply.ok ? "" : reply.failure.message}`);
  }
  failedWith(await ask("css=#p", textWant("hidden")), "assertion-failed");
  failedWith(await ask("css=#up", textWant("SAVE", "contains", true)), "assertion-failed");
});

test("a failed assertion says in one line what was expected and what was there", async () => {
  await harness.open(
    `
    <p id=p>Total 2</p><input id=i value=b disabled><input id=c type=checkbox>
    <a id=a href="/x">A</a><li>1</li><li>2</li><div id=h style="visibility:hidden">x</div>`,
    "/login?next=1",
  );
  const url = { url: "/cart", match: "exact" } as const;
  const here = harness.page.url();
  const cases: [string, Want, string][] = [
    ["css=#p", textWant("Total 3"), 'expected text of css=#p to contain "Total 3", got "Total 2"'],
    [
      "css=#p",
      textWant("Total 2", "exact", true),
      'expected text of css=#p not to be "Total 2", got "Total 2"',
    ],
    ["css=#p", textWant("^x", "regex"), 'expected text of css=#p to match /^x/, got "Total 2"'],
    [
      "css=#i",
      { kind: "value", expected: expecting("a", "exact"), not: false },
      'expected value of css=#i to be "a", got "b"',
    ],
    [
      "css=#a",
      { kind: "attribute", attribute: "href", expected: expecting("/y", "exact"), not: false },
      'expected attribute href of css=#a to be "/y", got "/x"',
    ],
    [
      "css=#a",
      { kind: "attribute", attribute: "rel", expected: null, not: false },
      "expected attribute rel of css=#a to be there, got none",
    ],
    [
      "css=#a",
      { kind: "attribute", attribute: "href", expected: null, not: true },
      'expected attribute href of css=#a not to be there, got "/x"',
    ],
    [
      "css=li",
      { kind: "count", comparison: "==", count: 3, not: false },
      "expected 3 elements, found 2 of css=li",
    ],
    [
      "css=li",
      { kind: "count", comparison: ">=", count: 3, not: false },
      "expected at least 3 elements, found 2 of css=li",
    ],
    [
      "css=li",
      { kind: "count", comparison: "==", count: 2, not: true },
      "expected not 2 elements, found 2 of css=li",
    ],
    ["css=#i", state("enabled"), "expected css=#i to be enabled, but it is disabled"],
    ["css=#c", state("enabled", true), "expected css=#c to be disabled, but it is enabled"],
    ["css=#c", state("checked"), "expected css=#c to be checked, but it is not checked"],
    ["css=#h", state("visible"), "expected css=#h to be visible, but it has visibility: hidden"],
    ["css=#p", state("hidden"), "expected css=#p to be hidden, but it is visible"],
    ["css=#p", state("detached"), "expected css=#p not to be in the page, but 1 element matches"],
  ];
  for (const [target, want, message] of cases) {
    assert.equal(failedWith(await ask(target, want), "assertion-failed").message, `${message} (waited 0 ms)`);
  }
  assert.equal(
    failedWith(await about({ kind: "url", expected: url, not: false }), "assertion-failed").message,
    `expected address to be /cart, got ${here} (waited 0 ms)`,
  );
  assert.equal(
    failedWith(await about({ kind: "title", expected: expecting("Shop"), not: false }), "assertion-failed")
      .message,
    'expected title to contain "Shop", got "Fixture" (waited 0 ms)',
  );
  assert.equal(
    failedWith(await ask("css=#x", state("visible")), "target-not-found").message,
    "expected css=#x to be visible, but no element matches it (waited 0 ms)",
  );
  failedWith(await ask("css=li", state("visible")), "ambiguous-target");
  failedWith(await ask("css=#p", { kind: "value", expected: expecting("a"), not: false }), "wrong-element");
  failedWith(await ask("css=#p", textWant("(", "regex")), "invalid-pattern");
});

test("hidden and detached hold for what is not there, by every locator of the target", async () => {
  await harness.open(`<p id=a style="display:none">A</p><p class=b>B</p><p class=b hidden>B</p>`);
  succeeded(await ask("css=#none", state("hidden")));
  succeeded(await ask("css=#a", state("hidden")));
  succeeded(await ask("css=#a", state("visible", true)));
  succeeded(await ask("css=#none", state("detached")));
  succeeded(await ask("css=#none", state("attached", true)));
  succeeded(await ask("css=#a", state("attached")));
  failedWith(await ask(["css=#none", "css=.b"], state("hidden")), "assertion-failed");
  failedWith(await ask(["css=#none", "css=.b"], state("detached")), "assertion-failed");
});

test("count counts the first locator that matches anything", async () => {
  await harness.open(`<i></i><b></b><b></b>`);
  const counting = (count: number): Want => ({ kind: "count", comparison: "==", count, not: false });
  assert.equal(succeeded(await ask(["css=u", "css=b", "css=i"], counting(2))).locator?.source, "css=b");
  succeeded(await ask(["css=u"], counting(0)));
});

test("elements are counted by attributes, properties and visibility", async () => {
  await harness.open(`<input class=a data-x=1 value=v><input class=a data-x=1 hidden><p class=a>x</p>`);
  const base = { kind: "matching", comparison: "==", count: 1 } as const;
  const want: Want = { ...base, attributes: { "data-x": "1" }, properties: { value: "v" }, visible: true };
  succeeded(await ask("css=.a", want));
  succeeded(await ask("css=.a", { ...want, properties: { "dataset.x": "1", dataset: { x: "1" } } }));
  const failure = failedWith(
    await ask("css=.a", { ...want, properties: { value: "w" } }),
    "assertion-failed",
  );
  assert.match(
    failure.message,
    /^expected 1 of css=\.a to be as described, found 0; <input class="a"> has the property value "v"/,
  );
});

test("what holds already is answered without a wait; what comes later is seen when it comes", async () => {
  await harness.open(
    `<p id=p>1</p><button id=b disabled>B</button><input id=c type=checkbox><input id=v value=1>`,
  );
  const flips: [string, Want, string][] = [
    ["css=#p", textWant("2"), "p.textContent = 2"],
    ["css=#late", state("visible"), `document.body.insertAdjacentHTML("beforeend", "<i id=late>x</i>")`],
    ["css=#late", state("hidden"), "late.style.visibility = 'hidden'"],
    ["css=#late", state("detached"), "late.remove()"],
    ["css=#b", state("enabled"), "b.disabled = false"],
    ["css=#c", state("checked"), "c.checked = true"],
    ["css=#v", { kind: "value", expected: expecting("2", "exact"), not: false }, "v.value = '2'"],
    ["css=#p", { kind: "attribute", attribute: "data-x", expected: null, not: false }, "p.dataset.x = 1"],
  ];
  for (const [target, want, script] of flips) {
    await soon(script);
    const began = performance.now();
    succeeded(await ask(target, want, 20_000));
    assert.ok(performance.now() - began < 10_000, script);
  }
  await soon("history.pushState(null, '', '/cart?x=1'); document.title = 'Cart'");
  succeeded(await about({ kind: "url", expected: { url: "/cart", match: "exact" }, not: false }, 3_000));
  succeeded(await about({ kind: "title", expected: expecting("Cart", "exact"), not: false }, 3_000));
});

test("a change within a shadow root is seen", async () => {
  await harness.open(
    `<x-a></x-a><script>document.querySelector("x-a").attachShadow({mode:"open"}).innerHTML="<p>1</p>"</script>`,
  );
  await soon(`document.querySelector("x-a").shadowRoot.querySelector("p").textContent = "2"`);
  succeeded(await ask("css=x-a p", textWant("2"), 3_000));
});

test("a wait ends at its deadline, also on a page that never rests, and tells what it saw", async () => {
  await harness.open(
    `<p id=p>0</p><script>let n = 0; setInterval(() => { p.textContent = "n" + (++n % 3); }, 1)</script>`,
  );
  const began = performance.now();
  const { message, detail } = failedWith(await ask("css=#p", textWant("done"), 300), "assertion-failed");
  const took = performance.now() - began;
  assert.ok(took >= 295 && took < 5_000, `it took ${took} ms`);
  assert.match(message, /^expected text of css=#p to contain "done", got "n\d" \(waited 300 ms\)$/);
  assert.match(detail, /^Seen:\n\+\d+ ms expected text/);
});

test("addresses are compared by path or as a whole, with wildcards", () => {
  const address = "http://shop.example:8080/cart/7?tab=a#top";
  const cases: [string, "exact" | "contains" | "regex" | "pattern", boolean][] = [
    ["/cart/7", "exact", true],
    ["/cart/7?tab=a", "exact", true],
    ["/cart/7#top", "exact", true],
    ["/cart/7?tab=a#top", "exact", true],
    ["/cart/7?tab=b", "exact", false],
    ["/cart", "exact", false],
    ["/cart/*", "exact", true],
    ["/**", "pattern", true],
    ["/cart/*?tab=*", "pattern", true],
    [address, "exact", true],
    ["http://shop.example:8080/cart/7", "exact", false],
    ["http://*/cart/*", "pattern", true],
    ["*tab=a*", "pattern", true],
    ["cart/7?t", "contains", true],
    ["/cart/*tab", "contains", true],
    ["cart/8", "contains", false],
    ["cart/\\d+\\?", "regex", true],
    ["^/cart", "regex", false],
  ];
  for (const [url, match, wanted] of cases) {
    assert.equal(matchesAddress(address, { url, match }), wanted, `${match} ${url}`);
  }
  assert.ok(matchesAddress("http://shop.example/", { url: "http://shop.example", match: "exact" }));
  assert.ok(matchesAddress("http://shop.example/", { url: "http://shop.example/", match: "exact" }));
  assert.ok(matchesAddress("http://shop.example/a.b", { url: "/a.b", match: "pattern" }));
  assert.ok(!matchesAddress("http://shop.example/axb", { url: "/a.b*", match: "pattern" }));
});
