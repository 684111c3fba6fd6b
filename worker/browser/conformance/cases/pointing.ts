import { later, type StepCases, said } from "../contract.ts";

const say = (words: string) => `document.title = ${words}`;

const hover: StepCases = {
  works: [
    {
      title: "moves the pointer over an element",
      page: `<button onmouseenter="${say("'over'")}">Go</button>`,
      step: { target: "css=button" },
      after: [said("over")],
    },
  ],
  waits: [
    {
      title: "until nothing covers it",
      page: `<button onmouseenter="${say("'over'")}">Go</button><div style="position:fixed;inset:0"></div>${later("document.querySelector('div').remove()")}`,
      step: { target: "css=button" },
      after: [said("over")],
    },
  ],
  fails: [
    {
      title: "over what nobody sees",
      page: '<button style="display:none">Go</button>',
      step: { target: "css=button" },
      code: "not-visible",
      message: "expected css=button to be visible, but it has display: none (waited 1000 ms)",
    },
  ],
};

const box = (id: string, left: number, more: string) =>
  `<div id="${id}" ${more} style="position:absolute;left:${left}px;top:20px;width:60px;height:60px;background:#ccc"></div>`;

const drag: StepCases = {
  works: [
    {
      title: "by the rules of HTML",
      page: `${box("from", 20, 'draggable="true"')}${box("to", 300, `ondragover="event.preventDefault()" ondrop="${say("'dropped'")}"`)}`,
      step: { target: "css=#from", to: "css=#to" },
      after: [said("dropped")],
    },
    {
      title: "by pointer events",
      page: `${box("from", 20, `onpointerdown="window.held = true"`)}${box("to", 300, `onpointerup="if (window.held) ${say("'dropped'")}"`)}`,
      step: { target: "css=#from", to: "css=#to" },
      after: [said("dropped")],
    },
  ],
  waits: [
    {
      title: "until the place to drop is there",
      page: `${box("from", 20, `onpointerdown="window.held = true"`)}${later(`document.body.insertAdjacentHTML('beforeend', '${box("to", 300, "").replaceAll("'", "\\'")}'); to.onpointerup = () => { if (window.held) ${say("'dropped'")} }`)}`,
      step: { target: "css=#from", to: "css=#to" },
      after: [said("dropped")],
    },
  ],
  fails: [
    {
      title: "to where nothing is",
      page: box("from", 20, ""),
      step: { target: "css=#from", to: "css=#to" },
      code: "target-not-found",
      message: "no element matches css=#to (waited 1000 ms)",
    },
    {
      title: "of what is not there",
      page: box("to", 20, ""),
      step: { target: "css=#from", to: "css=#to" },
      code: "target-not-found",
      message: "no element matches css=#from (waited 1000 ms)",
    },
  ],
};

const scroll: StepCases = {
  works: [
    {
      title: "an element into view",
      page: '<div style="height:3000px"></div><p>Below</p>',
      step: { target: "text=Below" },
      after: [{ type: "expectInViewport", target: "text=Below" }],
    },
    {
      title: "the page to a place",
      page: '<div style="height:3000px"></div>',
      step: { y: 700 },
      after: [{ type: "waitFor", function: "scrollY === 700" }],
    },
    {
      title: "an element's content to a place",
      page: '<div id="box" style="height:90px;overflow:auto"><p style="height:900px"></p></div>',
      step: { target: "css=#box", y: 100 },
      after: [{ type: "expectProperty", target: "css=#box", property: "scrollTop", value: 100 }],
    },
  ],
  waits: [
    {
      title: "until the element is there",
      page: `<div style="height:3000px"></div>${later("document.body.append('Below')")}`,
      step: { target: "css=body >> css=p" },
      before: [
        {
          type: "evaluate",
          script: "setTimeout(() => document.body.insertAdjacentHTML('beforeend', '<p>Late</p>'), 250)",
        },
      ],
      after: [{ type: "expectInViewport", target: "text=Late" }],
    },
  ],
  fails: [
    {
      title: "what is not there",
      page: "<p>Above</p>",
      step: { target: "text=Below" },
      code: "target-not-found",
      message: "no element matches text=Below (waited 1000 ms)",
    },
  ],
};

export const pointingCases = { hover, drag, scroll };
