import { later, type StepCases, said } from "../contract.ts";

const say = (words: string) => `document.title = ${words}`;

const disabled = "<button disabled>Go</button>";

const click: StepCases = {
  works: [
    {
      title: "presses a button",
      page: `<button onclick="${say("'pressed'")}">Go</button>`,
      step: { target: "role=button[name=Go]" },
      after: [said("pressed")],
    },
    {
      title: "twice, with the other button, with a key held",
      page: `<button oncontextmenu="${say("'menu ' + event.shiftKey")}; return false">Go</button>`,
      step: { target: "css=button", button: "right", modifiers: ["Shift"] },
      after: [said("menu true")],
    },
    {
      title: "a double click",
      page: `<button ondblclick="${say("'twice'")}">Go</button>`,
      step: { target: "css=button", count: 2 },
      after: [said("twice")],
    },
    {
      title: "at a position",
      page: `<style>body{margin:0}</style><div style="width:100px;height:100px" onclick="${say("event.offsetX + ' ' + event.offsetY")}"></div>`,
      step: { target: "css=div", position: { x: 7, y: 9 } },
      after: [said("7 9")],
    },
    {
      title: "in an open shadow root",
      page: `<div id="host"></div><script>host.attachShadow({ mode: "open" }).innerHTML = '<button>Deep</button>'; host.shadowRoot.querySelector("button").onclick = () => ${say("'deep'")}</script>`,
      step: { target: "css=#host button" },
      after: [said("deep")],
    },
    {
      title: "in a frame in a frame",
      page: `<iframe srcdoc="<iframe srcdoc='<button onclick=&quot;top.document.title = 1&quot;>Go</button>'></iframe>"></iframe>`,
      step: { target: "frame=iframe >> frame=iframe >> css=button" },
      after: [said("1")],
    },
    {
      title: "in a frame of another site",
      page: `<iframe></iframe><script>addEventListener("message", ({ data }) => { ${say("data")} }); document.querySelector("iframe").src = location.href.replace("127.0.0.1", "localhost").replace(/\\/page.*/, "/pressing")</script>`,
      step: { target: "frame=iframe >> css=button" },
      after: [said("pressed there")],
    },
    {
      title: "the second locator where the first finds nothing",
      page: `<button onclick="${say("'second'")}">Go</button>`,
      step: { target: ["testid=go", "text=Go"] },
      after: [said("second")],
    },
  ],
  waits: [
    {
      title: "until the element is there",
      page: later(`document.body.innerHTML = '<button onclick="document.title = 1">Go</button>'`),
      step: { target: "text=Go" },
      after: [said("1")],
    },
    {
      title: "until it is visible",
      page: `<button style="display:none" onclick="${say("1")}">Go</button>${later("document.querySelector('button').style.display = ''")}`,
      step: { target: "text=Go" },
      after: [said("1")],
    },
    {
      title: "until it is enabled",
      page: `<button disabled onclick="${say("1")}">Go</button>${later("document.querySelector('button').disabled = false")}`,
      step: { target: "text=Go" },
      after: [said("1")],
    },
    {
      title: "until it stands still",
      page: `<style>@keyframes in { from { margin-left: 400px } } button { animation: in .4s linear }</style><button onclick="${say("getComputedStyle(this).marginLeft")}">Go</button>`,
      step: { target: "text=Go" },
      after: [said("0px")],
    },
    {
      title: "until nothing covers it",
      page: `<button onclick="${say("1")}">Go</button><div style="position:fixed;inset:0"></div>${later("document.querySelector('div').remove()")}`,
      step: { target: "text=Go" },
      after: [said("1")],
    },
  ],
  fails: [
    {
      title: "what is not there, with what comes nearest",
      page: "<button>Sign in</button>",
      step: { target: "role=button[name='Sign on']" },
      code: "target-not-found",
      message: "no element matches role=button[name='Sign on'] (waited 1000 ms)",
      detail: /^Nearest:\n- <button>Sign in<\/button>\n {2}role=button\[name="Sign in"\]$/m,
    },
    {
      title: "one of several",
      page: "<button>Go</button><button>Go</button>",
      step: { target: "text=Go" },
      code: "ambiguous-target",
      message: "text=Go matches 2 elements; a step needs exactly one (waited 1000 ms)",
      detail: /^Matches of text=Go:\n1\. <button>Go<\/button>\n {3}text=Go >> nth=0\n2\. /m,
    },
    {
      title: "what nobody sees",
      page: '<button style="visibility:hidden">Go</button>',
      step: { target: "css=button" },
      code: "not-visible",
      message: "expected css=button to be visible, but it has visibility: hidden (waited 1000 ms)",
    },
    {
      title: "what has no size",
      page: '<button style="width:0;padding:0;border:0"></button>',
      step: { target: "css=button" },
      code: "not-visible",
      message: "expected css=button to be visible, but it has an empty box (0×0) (waited 1000 ms)",
    },
    {
      title: "in a closed details",
      page: "<details><summary>More</summary><button>Go</button></details>",
      step: { target: "css=button" },
      code: "not-visible",
      message:
        "expected css=button to be visible, but it is inside of <details>MoreGo</details>, which is closed (waited 1000 ms)",
    },
    {
      title: "what is disabled",
      page: disabled,
      step: { target: "css=button" },
      code: "not-enabled",
      message: "expected css=button to be enabled, but it is disabled (waited 1000 ms)",
    },
    {
      title: "what a fieldset disables",
      page: `<fieldset disabled>${disabled.replace(" disabled", "")}</fieldset>`,
      step: { target: "css=button" },
      code: "not-enabled",
      message:
        "expected css=button to be enabled, but it is disabled by the fieldset around it (waited 1000 ms)",
    },
    {
      title: "what aria-disabled disables",
      page: '<div aria-disabled="true"><span role="button">Go</span></div>',
      step: { target: "css=span" },
      code: "not-enabled",
      message:
        "expected css=span to be enabled, but it is disabled by <div>Go</div> around it (aria-disabled) (waited 1000 ms)",
    },
    {
      title: "what moves without end",
      page: "<style>@keyframes go { to { margin-left: 300px } } button { animation: go 1s linear infinite alternate }</style><button>Go</button>",
      step: { target: "css=button" },
      code: "not-stable",
      message: "expected css=button to stand still, but it moved from …",
    },
    {
      title: "what is covered",
      page: '<button>Go</button><div id="veil" style="position:fixed;inset:0">Please wait</div>',
      step: { target: "css=button" },
      code: "covered",
      message:
        'expected css=button to receive the pointer, but it is covered by <div id="veil">Please wait</div> (waited 1000 ms)',
    },
    {
      title: "what lets the pointer through",
      page: '<button style="pointer-events:none">Go</button>',
      step: { target: "css=button" },
      code: "covered",
      message:
        "expected css=button to receive the pointer, but it lets the pointer through (pointer-events: none) (waited 1000 ms)",
    },
    {
      title: "at a position out of reach",
      page: '<button style="position:fixed;top:0">Go</button>',
      step: { target: "css=button", position: { x: 5000, y: 2 } },
      code: "not-visible",
      message:
        "expected the position (5000, 2) of css=button to be in view, but it can't be scrolled there (waited 1000 ms)",
    },
    {
      title: "in a frame that is not there",
      page: '<iframe id="pay"></iframe>',
      step: { target: "frame=#shop >> css=button" },
      code: "target-not-found",
      message: "no element matches frame=#shop (waited 1000 ms)",
    },
    {
      title: "by what is no selector",
      step: { target: "css=:nope(" },
      code: "invalid-locator",
      message: "css=:nope( is no CSS selector that the browser knows",
    },
  ],
};

export const clickingCases = { click };
