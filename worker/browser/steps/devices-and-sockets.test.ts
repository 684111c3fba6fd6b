import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openStepBench, type StepBench } from "../testing/step-bench.ts";

let steps: StepBench;

before(async () => {
  steps = await openStepBench();
});

after(() => steps.close());

test("an attempt on a device has its screen, its touch and its user agent from the first page on, in new tabs as well", async () => {
  const isPixel =
    "screen.width === 393 && devicePixelRatio === 3 && navigator.maxTouchPoints > 0 && navigator.userAgent.includes('Pixel 5')";
  const { events } = await steps.passesWith(
    { viewport: { width: 393, height: 851, device: "Pixel 5" } },
    "/",
    { type: "waitFor", function: isPixel },
    { type: "evaluate", script: "void window.open('/popup')" },
    { type: "switchTab", tab: "last" },
    { type: "waitFor", function: isPixel },
  );
  const [begun] = events;
  assert.deepEqual(begun?.type === "attempt-started" && begun.viewport, { width: 393, height: 851 });
});

test("a page that nobody asks about its WebSockets keeps its own", async () => {
  const isNative =
    "WebSocket.toString().includes('[native code]') && !(Symbol.for('verdict.sockets') in globalThis)";
  await steps.passes("/next", {
    type: "waitFor",
    function: `${isNative} && WebSocket.prototype.constructor === WebSocket`,
  });
});

test("sockets are watched when classes of the page extend them, and a page that answers in our place is not believed", async () => {
  const extended = `
    class Chat extends WebSocket { say(text) { this.send(text); } }
    const chat = new Chat("ws://" + location.host + "/socket");
    chat.onopen = () => chat.say("from a class");
    if (!(chat instanceof WebSocket) || WebSocket.OPEN !== 1) throw new Error("no socket");`;
  await steps.passes(
    "/next",
    { type: "evaluate", script: `${extended}; return 1` },
    { type: "expectWebSocketMessage", direction: "sent", text: "from a class", match: "exact" },
    { type: "expectWebSocketMessage", text: "from a class" },
  );
  const lie = `Object.defineProperty(globalThis, Symbol.for("verdict.sockets"), { value: { seen: () => ({ messages: 1 }) } })`;
  await steps.fails(
    "/next",
    "assertion-failed",
    /^expected a message from a WebSocket, none came/,
    { type: "mockWebSocket", url: "/nowhere" },
    { type: "evaluate", script: `try { ${lie} } catch {}` },
    { type: "expectWebSocketMessage" },
  );
});

test("messages of frames count, and those of before the last act do not", async () => {
  const greeted =
    "new Promise((resolve) => { const s = new WebSocket('ws://' + location.host + '/socket'); s.onmessage = resolve })";
  await steps.passes(
    "/frames/inner",
    { type: "expectWebSocketMessage", not: true },
    { type: "evaluate", script: `await ${greeted}; return 1` },
    { type: "expectWebSocketMessage", text: "hello" },
    { type: "hover", target: "css=#press" },
    { type: "expectWebSocketMessage", text: "hello", not: true },
    {
      type: "evaluate",
      script:
        "const frame = document.createElement('iframe'); frame.src = '/next'; frame.onload = () => new frame.contentWindow.WebSocket('ws://' + location.host + '/socket'); document.body.append(frame); return 1",
    },
    { type: "expectWebSocketMessage", text: "hello" },
  );
});
