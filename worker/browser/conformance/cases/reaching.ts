import { type Case, said } from "../contract.ts";

const button = `<button onclick="document.title = 'pressed'">Go</button>`;
const step = { target: "css=button" };
const after = [said("pressed")];
const tall = '<div style="height:2000px"></div>';

/** Where a press has to be brought to its element first, or to the right place of it. */
export const reachingCases: readonly Case[] = [
  {
    title: "far below, under a header that sticks",
    page: `<div style="position:sticky;top:0;height:90vh;background:#ccc"></div>${tall}${button}${tall}`,
    step,
    after,
  },
  {
    title: "far above, over a footer that is fixed",
    page: `${tall}${button}${tall}<div style="position:fixed;inset:40vh 0 0;background:#ccc"></div>`,
    before: [{ type: "scroll", y: 3000 }],
    step,
    after,
  },
  {
    title: "in a box that scrolls in a box that scrolls",
    page: `${tall}<div style="height:150px;overflow:auto">${tall}<div style="height:80px;overflow:hidden scroll">${tall}${button}${tall}</div>${tall}</div>`,
    step,
    after,
  },
  {
    title: "beside the view of a box that scrolls sideways",
    page: `<div style="width:200px;overflow:auto"><div style="width:3000px;text-align:right">${button}</div></div>`,
    step,
    after,
  },
  {
    title: "that is turned and made smaller",
    page: `<div style="transform:translate(300px,200px) rotate(40deg) scale(.4)">${button}</div>`,
    step,
    after,
  },
  {
    title: "at a position of what is made larger",
    page: `<style>body{margin:0}</style><div style="width:50px;height:50px;transform:scale(3);transform-origin:0 0" onclick="document.title = event.offsetX"></div>`,
    step: { target: "css=div", position: { x: 60, y: 30 } },
    after: [said("20")],
  },
  { title: "that is fully transparent", page: `<div style="opacity:0">${button}</div>`, step, after },
  {
    title: "that is drawn in two lines, with nothing in its middle",
    page: `<div style="width:300px"><span style="margin-left:260px"></span><a href="#x" onclick="document.title = 'pressed'">a link of two lines</a></div>`,
    step: { target: "css=a" },
    after,
  },
  {
    title: "in the legend of a fieldset that is disabled",
    page: `<fieldset disabled><legend>${button}</legend></fieldset>`,
    step,
    after,
  },
  {
    title: "in a frame that is out of view, deep in its page",
    page: `${tall}<iframe style="height:120px" srcdoc="${`${tall}<button onclick="top.document.title = 'pressed'">Go</button>`.replaceAll('"', "&quot;")}"></iframe>`,
    step: { target: "frame=iframe >> css=button" },
    after,
  },
  {
    title: "of a label whose field is hidden",
    page: `<style>input{position:absolute;left:-9999px}</style><label>Terms <input type="checkbox" onchange="document.title = 'pressed'"></label>`,
    step: { target: "text=Terms" },
    after,
  },
  {
    title: "that scrolls smoothly into view",
    page: `<style>html{scroll-behavior:smooth}</style>${tall}${button}`,
    step,
    after,
  },
];
