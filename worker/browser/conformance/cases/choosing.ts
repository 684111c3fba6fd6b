import { later, type StepCases, said } from "../contract.ts";

const enable = later("document.querySelector('input').disabled = false");

const list =
  '<select aria-label="Size" onchange="document.title = this.value"><option value="s">Small</option><option value="l">Large</option><option disabled>Huge</option></select>';

const select: StepCases = {
  works: [
    { title: "by value", page: list, step: { target: "css=select", value: "l" }, after: [said("l")] },
    { title: "by label", page: list, step: { target: "label=Size", value: "Large" }, after: [said("l")] },
    {
      title: "several",
      page: list.replace("<select", "<select multiple"),
      step: { target: "css=select", value: ["s", "l"] },
      after: [{ type: "expectValue", target: "css=select", value: "s,l" }],
    },
  ],
  waits: [
    {
      title: "until the option is there",
      page: `${list}${later("document.querySelector('select').add(new Option('Tiny', 't'))")}`,
      step: { target: "css=select", value: "Tiny" },
      after: [said("t")],
    },
  ],
  fails: [
    {
      title: "an option that is not there",
      page: list,
      step: { target: "css=select", value: "Medium" },
      code: "option-not-found",
      message: 'expected an option "Medium", but there is none among 3 (waited 1000 ms)',
    },
    {
      title: "an option that is disabled",
      page: list,
      step: { target: "css=select", value: "Huge" },
      code: "option-not-found",
      message: 'expected option "Huge" to be enabled, but it is disabled (waited 1000 ms)',
    },
    {
      title: "two of a list that takes one",
      page: list,
      step: { target: "css=select", value: ["s", "l"] },
      code: "wrong-value",
      message: '<select aria-label="Size">SmallLargeHuge</select> takes one option, and 2 are given',
    },
    {
      title: "in what is no list",
      page: "<div>Size</div>",
      step: { target: "css=div", value: "s" },
      code: "wrong-element",
      message: "<div>Size</div> is no select element: click it, then click the option",
    },
  ],
};

const box = '<label><input type="checkbox"> Terms</label>';

const checked = { type: "expectChecked", target: "css=input" } as const;

const check: StepCases = {
  works: [
    { title: "ticks a checkbox", page: box, step: { target: "label=Terms" }, after: [checked] },
    {
      title: "leaves one that is ticked",
      page: box.replace(">", ' onclick="document.title = 1">').replace("<input", "<input checked"),
      step: { target: "label=Terms" },
      after: [checked],
    },
    {
      title: "a switch of roles",
      page: `<span role="switch" aria-checked="false" tabindex="0" onclick="this.setAttribute('aria-checked', 'true')">Dark</span>`,
      step: { target: "role=switch" },
      after: [{ type: "expectChecked", target: "role=switch" }],
    },
    {
      title: "a box that is hidden behind its label",
      page: `<style>input{opacity:0;position:absolute;width:0;height:0}</style>${box}`,
      step: { target: "label=Terms" },
      after: [checked],
    },
  ],
  waits: [
    {
      title: "until it is enabled",
      page: `${box.replace("<input", "<input disabled")}${enable}`,
      step: { target: "label=Terms" },
      after: [checked],
    },
  ],
  fails: [
    {
      title: "what does not stay ticked",
      page: box.replace("<input", '<input onclick="event.preventDefault()"'),
      step: { target: "label=Terms" },
      code: "no-effect",
      message: "label=Terms was clicked, but did not become checked",
    },
    {
      title: "what is no checkbox",
      page: "<p>Terms</p>",
      step: { target: "css=p" },
      code: "wrong-element",
      message: "<p>Terms</p> is no checkbox, switch or radio button",
    },
    {
      title: "what is disabled",
      page: box.replace("<input", "<input disabled"),
      step: { target: "label=Terms" },
      code: "not-enabled",
      message: "expected label=Terms to be enabled, but it is disabled (waited 1000 ms)",
    },
  ],
};

const uncheck: StepCases = {
  works: [
    {
      title: "clears a checkbox",
      page: box.replace("<input", "<input checked"),
      step: { target: "label=Terms" },
      after: [{ ...checked, not: true }],
    },
  ],
  waits: [
    {
      title: "until it is there",
      page: later(`document.body.innerHTML = '${box.replace("<input", "<input checked")}'`),
      step: { target: "label=Terms" },
      after: [{ ...checked, not: true }],
    },
  ],
  fails: [
    {
      title: "a radio button",
      page: '<input type="radio" checked>',
      step: { target: "css=input" },
      code: "wrong-element",
      message: '<input type="radio"> is a radio button, which is not unchecked but by checking another one',
    },
  ],
};

export const choosingCases = { select, check, uncheck };
