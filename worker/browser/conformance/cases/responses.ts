import { later, type StepCases, said } from "../contract.ts";

const load = `<button onclick="fetch('/json').then((answer) => answer.text()).then((text) => { document.title = text }, () => { document.title = 'no answer' })">Load</button>`;

const press = { type: "click", target: "css=button" } as const;

const loadLate = `<button onclick="setTimeout(() => fetch('/json'), 250)">Load</button>`;

const real = '{"data":{"items":[{"id":7,"name":"seven"}]}}';

const waitForResponse: StepCases = {
  works: [
    {
      title: "that came already, and keeps it",
      page: load,
      before: [press, said(real)],
      step: { url: "/json", as: "body" },
      after: [
        { type: "evaluate", script: "document.title = JSON.parse('{{body}}').data.items[0].name" },
        said("seven"),
      ],
    },
  ],
  waits: [
    { title: "that comes later", page: loadLate, before: [press], step: { url: "/json", status: 200 } },
  ],
  fails: [
    {
      title: "that does not come",
      page: load,
      before: [press, said(real)],
      step: { url: "/json", status: 201 },
      code: "timeout",
      message: "a response 201 to /json did not come within 1000 ms",
    },
  ],
};

const waitForIdle: StepCases = {
  works: [{ title: "when nothing is under way", step: { quietMs: 50 } }],
  waits: [
    {
      title: "until the last answer is there",
      page: `<button onclick="fetch('/slow?ms=300').then(() => { document.title = 'there' })">Load</button>`,
      before: [press],
      step: { quietMs: 50 },
      after: [said("there")],
    },
  ],
  fails: [
    {
      title: "while an answer stays away",
      page: `<button onclick="fetch('/hang')">Load</button>`,
      before: [press],
      step: { quietMs: 50 },
      code: "timeout",
      message: "the network was not idle for 50 ms within 1000 ms: 1 request is under way",
    },
  ],
};

const expectResponse: StepCases = {
  works: [
    {
      title: "with a status and a part of the JSON",
      page: load,
      before: [press],
      step: { url: "/json", status: 200, json: { data: { items: [{ id: 7 }] } } },
    },
    { title: "that must not come", page: load, before: [press], step: { url: "/other", not: true } },
  ],
  waits: [
    { title: "that comes later", page: loadLate, before: [press], step: { url: "/json", body: "seven" } },
  ],
  fails: [
    {
      title: "with another status",
      page: load,
      before: [press, said(real)],
      step: { url: "/json", status: 404 },
      code: "assertion-failed",
      message: "expected a response 404 to /json, got 200 to GET (waited 1000 ms)",
    },
    {
      title: "with another body",
      page: load,
      before: [press, said(real)],
      step: { url: "/json", body: "eight" },
      code: "assertion-failed",
      message:
        'expected a response to /json with "eight" in its body, got the body {"data":{"items":[{"id":7,"name":"seven"}]}} (waited 1000 ms)',
    },
    {
      title: "that never came",
      page: load,
      before: [press, said(real)],
      step: { url: "/orders" },
      code: "assertion-failed",
      message: "expected a response to /orders, got none at this address (waited 1000 ms)",
    },
    {
      title: "that came though it must not",
      page: load,
      before: [press, said(real)],
      step: { url: "/json", not: true },
      code: "assertion-failed",
      message: "expected no response to /json, but it came: 200 GET SITE/json",
    },
  ],
};

const download = '<a href="/download" download="list.csv">Get</a>';

const get = { type: "click", target: "css=a" } as const;

const expectDownload: StepCases = {
  works: [
    {
      title: "by name, size and text",
      page: download,
      before: [get],
      step: { fileName: "*.csv", sizeBytes: 5, text: "byte" },
    },
    { title: "that must not come", page: '<a href="#x">Get</a>', before: [get], step: { not: true } },
  ],
  waits: [
    {
      title: "until the file is there",
      page: `<a href="#" onclick="setTimeout(() => { const a = document.createElement('a'); a.href = 'data:text/plain,late'; a.download = 'late.txt'; a.click() }, 300)">Get</a>`,
      before: [get],
      step: { fileName: "late.txt", text: "late", match: "exact" },
    },
  ],
  fails: [
    {
      title: "when none comes",
      page: '<a href="#x">Get</a>',
      before: [get],
      step: { fileName: "list.csv", timeoutMs: 1_000 },
      code: "assertion-failed",
      message: 'expected a download "list.csv", none came (waited 1000 ms)',
    },
    {
      title: "when the file is another one",
      page: download,
      before: [get],
      step: { fileName: "other.csv", timeoutMs: 2_000 },
      code: "assertion-failed",
      message: 'expected a download "other.csv", got list.csv: it has another name (waited 2000 ms)',
    },
    {
      title: "when its text is another one",
      page: download,
      before: [get],
      step: { text: "rows", timeoutMs: 2_000 },
      code: "assertion-failed",
      message: 'expected a download, got list.csv: its text is "bytes" (waited 2000 ms)',
    },
  ],
};

const log = "console.error('no stock', 7)";

const expectNoConsoleErrors: StepCases = {
  works: [
    { title: "when none was written", page: "<script>console.log('fine')</script>", step: {} },
    { title: "but those to ignore", page: `<script>${log}</script>`, step: { ignore: ["no stock"] } },
  ],
  waits: [{ title: "with not, until one is written", page: later(log), step: { not: true } }],
  fails: [
    {
      title: "when one was written",
      page: `<script>${log}</script>`,
      step: {},
      code: "assertion-failed",
      message: "expected no console error, got a console error: no stock 7",
    },
  ],
};

const expectNoPageErrors: StepCases = {
  works: [
    { title: "when no script failed", page: "<script>let fine = 1</script>", step: {} },
    { title: "but those to ignore", page: "<script>nowhere.at</script>", step: { ignore: ["nowhere"] } },
  ],
  waits: [{ title: "with not, until a script fails", page: later("nowhere.at"), step: { not: true } }],
  fails: [
    {
      title: "when a script failed",
      page: "<script>nowhere.at</script>",
      step: {},
      code: "assertion-failed",
      message: "expected no page error, got a page error: ReferenceError: nowhere is not defined",
    },
  ],
};

export const responsesCases = {
  waitForResponse,
  waitForIdle,
  expectResponse,
  expectDownload,
  expectNoConsoleErrors,
  expectNoPageErrors,
};
