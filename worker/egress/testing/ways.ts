import type { Written } from "../../browser/testing/run.ts";
import type { Spelling } from "./spellings.ts";
import type { Path, Trap } from "./trap.ts";

/** Ways by which a whole attempt goes to one address. */
export const stepWays: Record<string, (trap: Trap, path: Path) => Written[]> = {
  goto: (trap, path) => [{ type: "goto", url: trap.urlOf(path) }],
  redirect: (trap, path) => [{ type: "goto", url: trap.lureTo(path, "redirect") }],
  click: (trap, path) => [
    { type: "goto", url: trap.lureTo(path, "page") },
    { type: "click", target: "css=#go" },
    { type: "expectTitle", title: "Lure", not: true, timeoutMs: 60_000 },
    { type: "expectTitle", title: "Reached", timeoutMs: 500 },
  ],
  request: (trap, path) => [{ type: "request", method: "GET", url: trap.urlOf(path), timeoutMs: 60_000 }],
  "request as a webhook": (trap, path) => [
    {
      type: "request",
      method: "POST",
      url: trap.urlOf(path),
      json: { event: "run.finished" },
      timeoutMs: 60_000,
    },
  ],
  "request sent on": (trap, path) => [
    { type: "request", method: "GET", url: trap.lureTo(path, "redirect"), timeoutMs: 60_000 },
  ],
};

/** Ways by which a page goes to all addresses; each ends when the browser has made up its mind. */
export const pageWays: Record<string, string> = {
  fetch: `await fetch(url, { mode: "no-cors" })`,
  xhr: `await new Promise((done) => { const asked = new XMLHttpRequest(); asked.onloadend = done; asked.open("GET", url); asked.send(); })`,
  image: `await new Promise((done) => { const image = new Image(); image.onload = image.onerror = done; image.src = url; })`,
  script: `await new Promise((done) => { const part = document.createElement("script"); part.onload = part.onerror = done; part.src = url; document.head.append(part); })`,
  iframe: `await new Promise((done) => { const frame = document.createElement("iframe"); frame.onload = done; setTimeout(done, 3_000); frame.src = url; document.body.append(frame); })`,
  socket: `await new Promise((done) => { const socket = new WebSocket(url.replace("http", "ws")); socket.onclose = socket.onerror = done; })`,
  worker: `await new Promise((done) => { const code = "fetch(" + JSON.stringify(url) + ", { mode: 'no-cors' }).finally(() => postMessage(1))"; const worker = new Worker(URL.createObjectURL(new Blob([code]))); worker.onmessage = () => { worker.terminate(); done(); }; })`,
  "event-source": `await new Promise((done) => { const source = new EventSource(url); source.onerror = () => { source.close(); done(); }; })`,
  "sent-on": `await fetch("/redirect?to=" + encodeURIComponent(url), { mode: "no-cors" })`,
};

export function pageSteps(trap: Trap, way: string, tried: readonly Spelling[]): Written[] {
  const urls = tried.map((spelling, index) => trap.urlOf({ way, spelling, index }));
  const script = `for (const group of Array.from({ length: Math.ceil(${urls.length} / 8) }, (_, at) => ${JSON.stringify(urls)}.slice(at * 8, at * 8 + 8))) {
    await Promise.allSettled(group.map(async (url) => { ${pageWays[way]} }));
  }
  return "all tried";`;
  return [
    { type: "goto", url: `${trap.lure.origin}/page` },
    { type: "evaluate", script, as: "done", timeoutMs: 100_000 },
  ];
}
