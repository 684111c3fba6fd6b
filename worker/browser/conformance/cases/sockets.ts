import { type StepCases, said } from "../contract.ts";

const opened = `<button onclick="socket.send('ping')">Send</button><script>
  const socket = new WebSocket("ws://" + location.host + "/socket");
  socket.onmessage = ({ data }) => { document.title = data };
</script>`;
const openedLate = `<script>setTimeout(() => new WebSocket("ws://" + location.host + "/socket"), 250)</script>`;
const sendsJson = `<button onclick="socket.send(JSON.stringify({ kind: 'order', id: 7 }))">Send</button><script>
  const socket = new WebSocket("ws://" + location.host + "/socket");
</script>`;
const press = { type: "click", target: "css=button" } as const;
const greeted = said("hello");

const expectWebSocketMessage: StepCases = {
  works: [
    { title: "that came to the page", page: opened, step: { text: "hello", match: "exact" } },
    {
      title: "that the page has sent",
      page: opened,
      before: [greeted, press],
      step: { url: "/socket", direction: "sent", text: "^p.ng$", match: "regex" },
    },
    {
      title: "by a part of its JSON",
      page: sendsJson,
      before: [{ type: "waitForWebSocket", url: "/socket" }, press],
      step: { json: { kind: "order" } },
    },
    { title: "that must not come", page: opened, before: [greeted], step: { text: "bye", not: true } },
  ],
  waits: [
    {
      title: "that comes later",
      page: `${opened}<script>setTimeout(() => socket.send("late"), 400)</script>`,
      step: { text: "late" },
    },
  ],
  fails: [
    {
      title: "that does not come",
      page: opened,
      before: [greeted],
      step: { url: "/socket", text: "bye" },
      code: "assertion-failed",
      message: 'expected a message with "bye" from /socket, none came (waited 1000 ms)',
      detail: /^Messages since the last act:\nreceived "hello" \(ws:/m,
    },
    {
      title: "that came though it must not",
      page: opened,
      before: [greeted],
      step: { text: "hello", not: true },
      code: "assertion-failed",
      message: 'expected no message with "hello" from a WebSocket, but it came: received "hello" (ws:…',
    },
  ],
};

const waitForWebSocket: StepCases = {
  works: [
    { title: "that is open", page: opened, step: { url: "/socket" } },
    {
      title: "and keeps a message",
      page: opened,
      step: { url: "/socket", text: "hel", as: "greeting" },
      after: [{ type: "evaluate", script: "document.title = 'kept {{greeting}}'" }, said("kept hello")],
    },
  ],
  waits: [{ title: "that is opened later", page: openedLate, step: { url: "/socket" } }],
  fails: [
    {
      title: "that is not opened",
      page: opened,
      before: [greeted],
      step: { url: "/other" },
      code: "timeout",
      message: "no WebSocket to /other was open within 1000 ms",
      detail: /^Open WebSockets: ws:/,
    },
    {
      title: "whose message does not come",
      page: opened,
      before: [greeted],
      step: { url: "/socket", json: { kind: "order" } },
      code: "timeout",
      message: 'a message with {"kind":"order"} in it from /socket did not come within 1000 ms',
    },
  ],
};

const chats = (sent: string) => `<button>Chat</button><script>
  document.querySelector("button").onclick = () => {
    const chat = new WebSocket("wss://chat.example/room");
    chat.onopen = () => chat.send(${JSON.stringify(sent)});
    chat.onmessage = ({ data }) => { document.title += data + ";" };
    chat.onclose = ({ code }) => { document.title += code + ";" };
    if (!(chat instanceof WebSocket)) document.title = "no socket";
  };
</script>`;

const mockWebSocket: StepCases = {
  works: [
    {
      title: "greets and answers",
      page: chats("ping"),
      step: { url: "chat.example", greet: ["hi"], answers: [{ text: "ping", send: ["pong", { n: 1 }] }] },
      after: [
        press,
        said('hi;pong;{"n":1};'),
        { type: "expectWebSocketMessage", url: "/room", direction: "sent", text: "ping", match: "exact" },
        { type: "expectWebSocketMessage", url: "/room", json: { n: 1 } },
      ],
    },
    {
      title: "ends the connection",
      page: chats('{"kind":"leave","room":4}'),
      step: {
        url: "chat.example",
        answers: [
          { text: "^enter", match: "regex", send: ["no"] },
          { json: { kind: "leave" }, send: ["bye"], close: true },
        ],
      },
      after: [press, said("bye;1000;")],
    },
    {
      title: "refuses it",
      page: chats("ping"),
      step: { url: "wss://chat.example/*", refuse: true },
      after: [press, said("1006;")],
    },
    {
      title: "lets others through",
      page: opened,
      step: { url: "chat.example", refuse: true },
      after: [{ type: "reload" }, said("hello"), press, said("ping")],
    },
  ],
  waits: [
    {
      title: "also on pages that open later",
      page: `${chats("ping")}<script>document.querySelector("button").click()</script>`,
      step: { url: "chat.example", greet: ["there"] },
      after: [{ type: "reload" }, said("there;")],
    },
  ],
  fails: [
    {
      title: "at an address that refers to nothing",
      step: { url: "{{host}}" },
      code: "unknown-variable",
      message: 'variable "host" has no value; none are set',
    },
  ],
};

export const socketsCases = { expectWebSocketMessage, waitForWebSocket, mockWebSocket };
