import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openPageHarness, type PageHarness, requestOf } from "../testing/page-harness.ts";

let harness: PageHarness;
before(async () => {
  harness = await openPageHarness();
});
after(() => harness.close());

/** HTML in which the element with the class `t` has the role and the name. */
const cases: [what: string, html: string, role: string, name: string][] = [
  ["content", `<button class=t>Save <b>all</b></button>`, "button", "Save all"],
  ["white space", `<button class=t>  Save\n   all&nbsp; </button>`, "button", "Save all"],
  ["aria-label before content", `<button class=t aria-label="Close">x</button>`, "button", "Close"],
  ["blank aria-label", `<button class=t aria-label="  ">x</button>`, "button", "x"],
  [
    "labelledby before aria-label",
    `<button class=t aria-labelledby="r1" aria-label=b>x</button><i id=r1>Ref</i>`,
    "button",
    "Ref",
  ],
  [
    "several references",
    `<button class=t aria-labelledby="r2 r3">x</button><i id=r2>One</i><i id=r3>two</i>`,
    "button",
    "One two",
  ],
  [
    "itself among its references",
    `<button class=t id=s1 aria-label="Delete" aria-labelledby="s1 r4">x</button><a id=r4 href=#>File.pdf</a>`,
    "button",
    "Delete File.pdf",
  ],
  [
    "a reference is followed once",
    `<button class=t aria-labelledby=r5>x</button><i id=r5 aria-labelledby=r6>five</i><i id=r6>six</i>`,
    "button",
    "five",
  ],
  [
    "a hidden reference",
    `<button class=t aria-labelledby=r7>x</button><span id=r7 hidden>Hidden <b>words</b></span>`,
    "button",
    "Hidden words",
  ],
  [
    "a reference to nothing",
    `<button class=t aria-labelledby=nothing>Fallback</button>`,
    "button",
    "Fallback",
  ],
  [
    "hidden content",
    `<button class=t>Buy <span style="display:none">never</span><span aria-hidden=true>!</span>now</button>`,
    "button",
    "Buy now",
  ],
  [
    "invisible content",
    `<button class=t>Buy <span style="visibility:hidden">never</span></button>`,
    "button",
    "Buy",
  ],
  ["label for", `<label for=f1>Name</label><input id=f1 class=t>`, "textbox", "Name"],
  ["label around", `<label>Name <input class=t value=typed></label>`, "textbox", "Name"],
  [
    "two labels",
    `<label for=f2>First</label><label for=f2>second</label><input id=f2 class=t>`,
    "textbox",
    "First second",
  ],
  [
    "a control within a label",
    `<label><input type=checkbox class=t> Remind me in <input type=number value=5> days</label>`,
    "checkbox",
    "Remind me in 5 days",
  ],
  [
    "a list within a label",
    `<label for=f3>Flash <select><option>1</option><option selected>2</option></select> times</label><input type=radio id=f3 class=t>`,
    "radio",
    "Flash 2 times",
  ],
  [
    "a slider within a label",
    `<label>Level <span role=slider aria-valuenow=7 aria-valuetext="seven"></span> <input type=checkbox class=t></label>`,
    "checkbox",
    "Level seven",
  ],
  ["placeholder", `<input class=t placeholder="Search here">`, "textbox", "Search here"],
  ["title before placeholder", `<input class=t placeholder=p title="Tip">`, "textbox", "Tip"],
  ["textarea", `<textarea class=t placeholder="Your words">x</textarea>`, "textbox", "Your words"],
  ["select", `<label>Size <select class=t><option>S</option></select></label>`, "combobox", "Size"],
  [
    "multiple select",
    `<select class=t multiple aria-label=Sizes><option>S</option></select>`,
    "listbox",
    "Sizes",
  ],
  ["value of a button", `<input type=button class=t value="Press">`, "button", "Press"],
  ["submit without a value", `<input type=submit class=t>`, "button", "Submit"],
  ["reset without a value", `<input type=reset class=t>`, "button", "Reset"],
  ["image button", `<input type=image class=t alt="Go">`, "button", "Go"],
  ["alt", `<img class=t alt="A cat" title="no">`, "img", "A cat"],
  ["title of an image", `<img class=t title="A dog">`, "img", "A dog"],
  ["image in a link", `<a class=t href=#><img alt="Home"> page</a>`, "link", "Home page"],
  ["svg", `<svg class=t width=9 height=9><title>Chart</title></svg>`, "img", "Chart"],
  ["svg in a button", `<button class=t><svg><title>Close it</title></svg></button>`, "button", "Close it"],
  ["title as a last resort", `<button class=t title="Tip"></button>`, "button", "Tip"],
  ["blocks are parted", `<button class=t><div>One</div><div>Two</div></button>`, "button", "One Two"],
  ["inline is not", `<button class=t><b>Sub</b><i>mit</i></button>`, "button", "Submit"],
  ["line break", `<button class=t>One<br>Two</button>`, "button", "One Two"],
  [
    "generated content",
    `<style>.g::before{content:"Go "}.g::after{content:" \\bb"}</style><a href=# class="t g">home</a>`,
    "link",
    "Go home »",
  ],
  [
    "generated content with an alternative",
    `<style>.h::before{content:"★" / "Star"}</style><button class="t h"> it</button>`,
    "button",
    "Star it",
  ],
  ["fieldset", `<fieldset class=t><legend>Address <b>home</b></legend></fieldset>`, "group", "Address home"],
  ["figure", `<figure class=t><figcaption>Fig. 1</figcaption></figure>`, "figure", "Fig. 1"],
  ["table", `<table class=t><caption>Prices</caption><tr><td>1</td></tr></table>`, "table", "Prices"],
  ["row", `<table><tr class=t><td>One</td><td>Two</td></tr></table>`, "row", "One Two"],
  ["cell", `<table><tr><td class=t>One <b>x</b></td></tr></table>`, "cell", "One x"],
  ["column header", `<table><thead><tr><th class=t>Price</th></tr></thead></table>`, "columnheader", "Price"],
  ["row header", `<table><tr><th class=t>Sum</th><td>1</td></tr></table>`, "rowheader", "Sum"],
  ["heading", `<h2 class=t>News <a href=#>today</a></h2>`, "heading", "News today"],
  ["a list is not named by content", `<ul class=t><li>x</li></ul>`, "list", ""],
  ["a paragraph has no name", `<p class=t aria-label="no">x</p>`, "paragraph", ""],
  ["dialog", `<dialog class=t open aria-labelledby=d1><h2 id=d1>Sure?</h2></dialog>`, "dialog", "Sure?"],
  ["named section", `<section class=t aria-label="News">x</section>`, "region", "News"],
  ["summary", `<details><summary class=t>More</summary>x</details>`, "button", "More"],
  ["output", `<label for=o1>Sum</label><output id=o1 class=t>4</output>`, "status", "Sum"],
  ["progress", `<label>Load <progress class=t value=3 max=9></progress></label>`, "progressbar", "Load"],
  ["meter", `<meter class=t aria-label=Disk value=.5></meter>`, "meter", "Disk"],
  ["explicit role", `<div class=t role=button>Press <i>me</i></div>`, "button", "Press me"],
  ["first role that exists", `<div class=t role="nonsense tab link">T</div>`, "tab", "T"],
  ["tabbed presentation is ignored", `<button class=t role=none>P</button>`, "button", "P"],
  ["option", `<select size=3><option class=t label="Label">text</option></select>`, "option", "Label"],
  ["password", `<label>Secret <input class=t type=password></label>`, "textbox", "Secret"],
  [
    "text area in a button",
    `<div role=button class=t>Tag <input value=red aria-label=no></div>`,
    "button",
    "Tag red",
  ],
  [
    "owned elements",
    `<button class=t aria-owns=w1>Has </button><span id=w1>owned</span>`,
    "button",
    "Has owned",
  ],
];

test("roles and names are those that assistive technology is told", async () => {
  await harness.open(cases.map(([, html], index) => `<section id="c${index}">${html}</section>`).join(""));
  for (const [index, [what, html, role, name]] of cases.entries()) {
    const label = `${what}: ${html}`;
    const named = name === "" ? `role=${role}` : `role=${role}[name=${JSON.stringify(name)}]`;
    const reply = await harness.run(requestOf(`css=#c${index} >> ${named}`, { kind: "element" }, 0));
    assert.ok(reply.ok, `${label}: ${reply.ok ? "" : `${reply.failure.message}\n${reply.failure.detail}`}`);
    const isIt = await harness.inWorld<boolean>(
      `__verdict.elements.get(${JSON.stringify(reply.elementToken)}).classList.contains("t")`,
    );
    assert.ok(isIt, `${label}: another element was found`);
    if (name !== "") continue;
    const any = await harness.run(
      requestOf(`css=#c${index} >> role=${role}[name=/./]`, { kind: "element" }, 0),
    );
    assert.ok(!any.ok, `${label}: has a name`);
  }
});

test("names read through slots and shadow roots", async () => {
  await harness.open(`
    <my-button>Slotted <b>label</b></my-button>
    <script>
      const root = document.querySelector("my-button").attachShadow({ mode: "open" });
      root.innerHTML = '<button><i>Icon </i><slot></slot></button>';
    </script>`);
  const reply = await harness.run(
    requestOf('role=button[name="Icon Slotted label"]', { kind: "element" }, 0),
  );
  assert.ok(reply.ok, reply.ok ? "" : (reply.failure.detail ?? ""));
});

test("what is presentational has no role, nor have its parts", async () => {
  await harness.open(`
    <table role=presentation><tr><td>x</td></tr></table><ul role=none><li>x</li></ul><img alt="">
    <article><header>h</header><footer>f</footer></article><form>x</form><section>y</section><a>z</a>`);
  for (const role of [
    "table",
    "row",
    "cell",
    "list",
    "listitem",
    "img",
    "banner",
    "contentinfo",
    "form",
    "region",
    "link",
  ]) {
    const reply = await harness.run(
      requestOf(`role=${role}`, { kind: "count", comparison: "==", count: 0, not: false }, 0),
    );
    assert.ok(reply.ok, `${role}: ${reply.ok ? "" : reply.failure.message}`);
  }
});
