import { later, type StepCases } from "../contract.ts";

const p = "<p>Order 7 is ready</p>";

const set = (script: string) => later(`const p = document.querySelector('p'); ${script}`);

const a = '<a href="/next" class="link big" style="color:red">Next</a>';

const setLink = (script: string) => later(`const a = document.querySelector('a'); ${script}`);

const expectAttribute: StepCases = {
  works: [
    { title: "with a value", page: a, step: { target: "css=a", attribute: "href", value: "/next" } },
    { title: "that is there at all", page: a, step: { target: "css=a", attribute: "href" } },
    { title: "that is not there", page: a, step: { target: "css=a", attribute: "title", not: true } },
  ],
  waits: [
    {
      title: "until it has the value",
      page: a + setLink("a.href = '/cart'"),
      step: { target: "css=a", attribute: "href", value: "/cart" },
    },
  ],
  fails: [
    {
      title: "with another value",
      page: a,
      step: { target: "css=a", attribute: "href", value: "/cart" },
      code: "assertion-failed",
      message: 'expected attribute href of css=a to be "/cart", got "/next" (waited 1000 ms)',
    },
    {
      title: "that is not there",
      page: a,
      step: { target: "css=a", attribute: "title" },
      code: "assertion-failed",
      message: "expected attribute title of css=a to be there, got none (waited 1000 ms)",
    },
  ],
};

const expectProperty: StepCases = {
  works: [
    { title: "of the element", page: a, step: { target: "css=a", property: "tabIndex", value: 0 } },
    {
      title: "of a property",
      page: '<p data-state="open"></p>',
      step: { target: "css=p", property: "dataset.state", value: "open" },
    },
  ],
  waits: [
    {
      title: "until it has the value",
      page: a + setLink("a.state = { n: 1, m: 2 }").replace("a.state", "a.tabIndex = 3; a.state"),
      step: { target: "css=a", property: "tabIndex", value: 3 },
    },
  ],
  fails: [
    {
      title: "with another value",
      page: a,
      step: { target: "css=a", property: "tabIndex", value: 1 },
      code: "assertion-failed",
      message: "expected property tabIndex of css=a to be 1, got 0 (waited 1000 ms)",
    },
    {
      title: "that there is not",
      page: a,
      step: { target: "css=a", property: "nothing.at", value: 1 },
      code: "assertion-failed",
      message: "expected property nothing.at of css=a to be 1, got none (waited 1000 ms)",
    },
  ],
};

const expectClass: StepCases = {
  works: [
    { title: "among others", page: a, step: { target: "css=a", class: "big" } },
    { title: "just these", page: a, step: { target: "css=a", class: "big link", match: "exact" } },
  ],
  waits: [
    {
      title: "until it has the class",
      page: a + setLink("a.classList.add('seen')"),
      step: { target: "css=a", class: "seen" },
    },
  ],
  fails: [
    {
      title: "another class",
      page: a,
      step: { target: "css=a", class: "small" },
      code: "assertion-failed",
      message: 'expected css=a to have class "small", got "link big" (waited 1000 ms)',
    },
  ],
};

const expectCss: StepCases = {
  works: [
    {
      title: "as the browser works it out",
      page: a,
      step: { target: "css=a", property: "color", value: "rgb(255, 0, 0)" },
    },
  ],
  waits: [
    {
      title: "until it is drawn so",
      page: a + setLink("a.style.color = 'blue'"),
      step: { target: "css=a", property: "color", value: "rgb(0, 0, 255)" },
    },
  ],
  fails: [
    {
      title: "another style",
      page: a,
      step: { target: "css=a", property: "color", value: "red" },
      code: "assertion-failed",
      message: 'expected style color of css=a to be "red", got "rgb(255, 0, 0)" (waited 1000 ms)',
    },
    {
      title: "that there is not",
      page: a,
      step: { target: "css=a", property: "colour", value: "red" },
      code: "assertion-failed",
      message:
        'expected style colour of css=a to be "red", got nothing: there is no such property (waited 1000 ms)',
    },
  ],
};

const low = '<div style="height:3000px"></div><p>Below</p>';

const expectInViewport: StepCases = {
  works: [
    { title: "what is in view", page: p, step: { target: "css=p" } },
    { title: "with not, what is below", page: low, step: { target: "css=p", not: true } },
  ],
  waits: [
    {
      title: "until it is scrolled into view",
      page: low + set("p.scrollIntoView()"),
      step: { target: "css=p" },
    },
  ],
  fails: [
    {
      title: "what is below",
      page: low,
      step: { target: "css=p" },
      code: "assertion-failed",
      message: "expected css=p to be in view, but it is out of view (waited 1000 ms)",
    },
    {
      title: "what is in view by half",
      page: '<p style="position:fixed;margin:0;top:0;left:-100px;width:200px;height:20px">x</p>',
      step: { target: "css=p", ratio: 0.75 },
      code: "assertion-failed",
      message: "expected css=p to be in view by 75 % at least, but 50 % of it are in view (waited 1000 ms)",
    },
  ],
};

const expectAria: StepCases = {
  works: [
    {
      title: "parts in their order",
      page: "<h1>Cart</h1><p>Two things</p><button>Pay</button>",
      step: { snapshot: '- heading "Cart" [level=1]\n- button "Pay"' },
    },
    {
      title: "of an element",
      page: "<ul><li>One</li><li>Two</li></ul>",
      step: { target: "css=ul", snapshot: "- listitem: One" },
    },
  ],
  waits: [
    {
      title: "until the parts are there",
      page: `<h1>Cart</h1>${later("document.body.insertAdjacentHTML('beforeend', '<button>Pay</button>')")}`,
      step: { snapshot: '- button "Pay"' },
    },
  ],
  fails: [
    {
      title: "with other parts",
      page: "<h1>Cart</h1><button>Buy</button>",
      step: { snapshot: '- heading "Cart"\n- button "Pay"' },
      code: "assertion-failed",
      message:
        'expected css=body to have the structure of the snapshot, but there is no button "Pay" (waited 1000 ms)',
    },
  ],
};

const lang = "<script>document.documentElement.lang = 'en'</script>";

const picture = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

const expectAccessible: StepCases = {
  works: [
    {
      title: "a page without faults",
      page: `${lang}<title>Fine</title><main><h1>Fine</h1></main>`,
      step: { timeoutMs: 20_000 },
    },
    {
      title: "but for a rule that is left out",
      page: `${lang}<title>Fine</title><img src="${picture}">`,
      step: { withoutRules: ["image-alt"], timeoutMs: 20_000 },
    },
  ],
  waits: [
    {
      title: "until a fault is mended",
      page: `${lang}<title>Fine</title><img src="${picture}">${later("document.querySelector('img').alt = 'A dot'")}`,
      step: { timeoutMs: 20_000 },
    },
  ],
  fails: [
    {
      title: "with a fault",
      page: `${lang}<title>Fine</title><img src="${picture}">`,
      step: { timeoutMs: 8_000 },
      code: "assertion-failed",
      message:
        "expected no violation, found 1 violation: image-alt (critical, WCAG 1.1.1) on css=img (waited 8000 ms)",
    },
    {
      title: "without a rule that there is not",
      step: { withoutRules: ["img-alt"], timeoutMs: 20_000 },
      code: "unknown-rule",
      message: 'withRules, withoutRules: axe-core has no rule "img-alt"',
    },
  ],
};

export const expectedTraitsCases = {
  expectAttribute,
  expectProperty,
  expectClass,
  expectCss,
  expectInViewport,
  expectAria,
  expectAccessible,
};
