import { later, type StepCases } from "../contract.ts";

const p = "<p>Order 7 is ready</p>";

const set = (script: string) => later(`const p = document.querySelector('p'); ${script}`);

const expectText: StepCases = {
  works: [
    {
      title: "a part of the text, white space folded",
      page: "<p>Order\n   7 is   ready</p>",
      step: { target: "css=p", text: "Order 7 is" },
    },
    {
      title: "all of the text",
      page: p,
      step: { target: "css=p", text: "Order 7 is ready", match: "exact" },
    },
    {
      title: "a pattern, in any case",
      page: p,
      step: { target: "css=p", text: "^order \\d+", match: "regex", ignoreCase: true },
    },
    { title: "not this text", page: p, step: { target: "css=p", text: "lost", not: true } },
    {
      title: "as it is drawn",
      page: '<p style="text-transform:uppercase">ready</p>',
      step: { target: "css=p", text: "READY" },
    },
  ],
  waits: [
    {
      title: "until the text is there",
      page: `<p></p>${set("p.textContent = 'ready'")}`,
      step: { target: "css=p", text: "ready" },
    },
    {
      title: "until the element is there",
      page: later(`document.body.innerHTML = '${p}'`),
      step: { target: "css=p", text: "ready" },
    },
    {
      title: "with not, until the text is gone",
      page: `<p>busy</p>${set("p.textContent = 'ready'")}`,
      step: { target: "css=p", text: "busy", not: true },
    },
  ],
  fails: [
    {
      title: "with another text",
      page: p,
      step: { target: "css=p", text: "lost" },
      code: "assertion-failed",
      message: 'expected text of css=p to contain "lost", got "Order 7 is ready" (waited 1000 ms)',
    },
    {
      title: "with not, and that text",
      page: p,
      step: { target: "css=p", text: "ready", not: true },
      code: "assertion-failed",
      message: 'expected text of css=p not to contain "ready", got "Order 7 is ready" (waited 1000 ms)',
    },
    {
      title: "of what is not there",
      page: p,
      step: { target: "css=b", text: "ready" },
      code: "target-not-found",
      message: 'expected text of css=b to contain "ready", but no element matches it (waited 1000 ms)',
    },
    {
      title: "of one of several",
      page: p + p,
      step: { target: "css=p", text: "ready" },
      code: "ambiguous-target",
      message: "css=p matches 2 elements; a step needs exactly one (waited 1000 ms)",
    },
    {
      title: "with what is no pattern",
      page: p,
      step: { target: "css=p", text: "(", match: "regex" },
      code: "invalid-pattern",
      message: {
        chromium: "/(/ is no regular expression: unterminated group",
        firefox: "/(/ is no regular expression: unterminated parenthetical",
      },
    },
  ],
};

const expectVisible: StepCases = {
  works: [
    { title: "what is seen", page: p, step: { target: "css=p" } },
    { title: "with not, what is not there", step: { target: "css=p", not: true } },
  ],
  waits: [
    {
      title: "until it is seen",
      page: `<p hidden>x</p>${set("p.hidden = false")}`,
      step: { target: "css=p" },
    },
  ],
  fails: [
    {
      title: "what is hidden",
      page: "<p hidden>x</p>",
      step: { target: "css=p" },
      code: "assertion-failed",
      message: "expected css=p to be visible, but it has display: none (waited 1000 ms)",
    },
    {
      title: "what is not there, with what comes nearest",
      page: '<button id="save">Save</button>',
      step: { target: "css=#safe" },
      code: "target-not-found",
      message: "expected css=#safe to be visible, but no element matches it (waited 1000 ms)",
      detail: /^Nearest:\n- <button id="save">Save<\/button>\n {2}role=button\[name="Save"\]$/m,
    },
    {
      title: "with not, what is seen",
      page: p,
      step: { target: "css=p", not: true },
      code: "assertion-failed",
      message: "expected css=p to be hidden, but it is visible (waited 1000 ms)",
    },
  ],
};

const expectHidden: StepCases = {
  works: [
    { title: "what is not there", step: { target: "css=p" } },
    { title: "what is hidden", page: "<p hidden>x</p>", step: { target: "css=p" } },
  ],
  waits: [{ title: "until it is gone", page: p + set("p.remove()"), step: { target: "css=p" } }],
  fails: [
    {
      title: "what is seen",
      page: p,
      step: { target: "css=p" },
      code: "assertion-failed",
      message: "expected css=p to be hidden, but it is visible (waited 1000 ms)",
    },
    {
      title: "what is seen once among several",
      page: `${p}<p hidden>x</p>`,
      step: { target: "css=p" },
      code: "assertion-failed",
      message: "expected css=p to be hidden, but 1 of 2 matches are visible (waited 1000 ms)",
    },
  ],
};

const input = '<input aria-label="Name" value="Ada">';

const setInput = (script: string) => later(`const input = document.querySelector('input'); ${script}`);

const expectValue: StepCases = {
  works: [
    { title: "of a field", page: input, step: { target: "label=Name", value: "Ada" } },
    {
      title: "of a list",
      page: "<select><option value=a>A<option value=b selected>B</select>",
      step: { target: "css=select", value: "b" },
    },
    { title: "a part of it", page: input, step: { target: "css=input", value: "d", match: "contains" } },
  ],
  waits: [
    {
      title: "until it is held",
      page: input + setInput("input.value = 'Bob'"),
      step: { target: "css=input", value: "Bob" },
    },
  ],
  fails: [
    {
      title: "another value",
      page: input,
      step: { target: "css=input", value: "Bob" },
      code: "assertion-failed",
      message: 'expected value of css=input to be "Bob", got "Ada" (waited 1000 ms)',
    },
    {
      title: "of what is no field",
      page: p,
      step: { target: "css=p", value: "Bob", timeoutMs: 1_000 },
      code: "wrong-element",
      message: "expected css=p to have a value, but <p>Order 7 is ready</p> is no field (waited 1000 ms)",
    },
  ],
};

const expectCount: StepCases = {
  works: [
    { title: "exactly", page: p + p, step: { target: "css=p", count: 2 } },
    { title: "at least", page: p + p, step: { target: "css=p", count: 1, comparison: ">=" } },
    { title: "none", step: { target: "css=p", count: 0 } },
  ],
  waits: [
    {
      title: "until there are so many",
      page: `${p}${later("document.body.append(document.querySelector('p').cloneNode(true))")}`,
      step: { target: "css=p", count: 2 },
    },
  ],
  fails: [
    {
      title: "another number",
      page: p + p,
      step: { target: "css=p", count: 3 },
      code: "assertion-failed",
      message: "expected 3 elements, found 2 of css=p (waited 1000 ms)",
    },
    {
      title: "more than there may be",
      page: p + p,
      step: { target: "css=p", count: 2, comparison: "<" },
      code: "assertion-failed",
      message: "expected fewer than 2 elements, found 2 of css=p (waited 1000 ms)",
    },
  ],
};

const expectUrl: StepCases = {
  works: [
    { title: "a path", page: "/next", step: { url: "/next" } },
    { title: "a pattern", page: "/next", step: { url: "*/ne*" } },
    { title: "not this one", page: "/next", step: { url: "/cart", not: true } },
  ],
  waits: [
    {
      title: "until the page has gone there",
      page: later("location.href = '/next'"),
      step: { url: "/next" },
    },
  ],
  fails: [
    {
      title: "another address",
      page: "/next",
      step: { url: "/cart" },
      code: "assertion-failed",
      message: "expected address to be /cart, got SITE/next (waited 1000 ms)",
    },
  ],
};

const expectTitle: StepCases = {
  works: [
    { title: "all of it", page: "<title>Shop</title>", step: { title: "Shop" } },
    { title: "a part of it", page: "<title>My Shop</title>", step: { title: "Shop", match: "contains" } },
  ],
  waits: [{ title: "until it is set", page: later("document.title = 'Shop'"), step: { title: "Shop" } }],
  fails: [
    {
      title: "another title",
      page: "<title>Home</title>",
      step: { title: "Shop" },
      code: "assertion-failed",
      message: 'expected title to be "Shop", got "Home" (waited 1000 ms)',
    },
  ],
};

export const expectedContentCases = {
  expectText,
  expectVisible,
  expectHidden,
  expectValue,
  expectCount,
  expectUrl,
  expectTitle,
};
