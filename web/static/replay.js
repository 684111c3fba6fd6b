// The player of a recording (`worker/browser/replay`): lines of JSON, compressed; built by rrweb in a frame without scripts.
// The page around it, ours alone, may send `{ type: "verdict-seek", at }` and hears `{ type: "verdict-time", at }`, in epoch ms.

const charsMax = 64_000_000;
const tellEveryMs = 100;

const root = document.querySelector("[data-replay]");
const part = (name) => root.querySelector(`[data-replay-${name}]`);
const buttons = [...root.querySelectorAll("[data-replay-do]")];
const steps = [...root.querySelectorAll("[data-replay-steps] [data-replay-from]")];
const fromOf = (step) => Number(step.dataset.replayFrom);
const lines = [...part("lines").children].map((row) => ({
  row,
  at: Date.parse(row.querySelector("time").dateTime),
}));

/** Pictures and fonts of the recorded pages, as data, by their addresses. */
const resources = new Map();
/** Events of each tab, in time; `start` and `end` are those of all of them. */
const tabs = new Map();
let start = 0;
let end = 0;
let player = null;
let isPlaying = false;
let now = 0;
let shownTab = 0;
let toldAt = 0;
let size = { width: 1280, height: 720 };

async function load() {
  const response = await fetch(root.dataset.replay);
  if (!response.ok) throw new Error(`the recording could not be loaded (${response.status})`);
  const stream = response.body
    .pipeThrough(new DecompressionStream("gzip"))
    .pipeThrough(new TextDecoderStream());
  const reader = stream.getReader();
  let rest = "";
  let chars = 0;
  const cuts = [];
  for (;;) {
    const { done, value } = await reader.read();
    const found = (rest + (value ?? "")).split("\n");
    rest = done ? "" : found.pop();
    chars += value?.length ?? 0;
    for (const line of found) if (line !== "") take(JSON.parse(line), cuts);
    if (done || chars > charsMax) break;
  }
  for (const events of tabs.values()) events.sort((a, b) => a.timestamp - b.timestamp);
  const whole = [...tabs].filter(([, events]) => events.length >= 2);
  tabs.clear();
  for (const [tab, events] of whole) tabs.set(tab, events);
  if (resources.size > 0) for (const [, events] of whole) for (const event of events) fill(event.data);
  if (tabs.size === 0) throw new Error("the recording is empty");
  showCuts(cuts);
}

function take(line, cuts) {
  if (line.truncated) cuts.push(line.truncated);
  if (line.resource) {
    const { url, type, base64 } = line.resource;
    resources.set(url, `data:${type};base64,${base64}`);
  }
  if (!line.e) return;
  if (!tabs.has(line.tab)) tabs.set(line.tab, []);
  tabs.get(line.tab).push(line.e);
}

/** Puts the pictures and fonts where their addresses stand. */
function fill(value) {
  for (const key of Object.keys(value)) {
    const inside = value[key];
    if (key === "data-verdict-src") {
      const data = resources.get(inside);
      if (data) value.src = data;
    } else if (typeof inside === "string") {
      if (inside.includes("url(")) value[key] = filledStyle(inside);
    } else if (inside && typeof inside === "object") fill(inside);
  }
}

function filledStyle(text) {
  return text.replace(/url\((["']?)(https?:[^"')\s]+)\1\)/g, (whole, _, url) => {
    const data = resources.get(url);
    return data ? `url("${data}")` : whole;
  });
}

function showCuts(cuts) {
  const note = part("cut");
  note.hidden = cuts.length === 0;
  note.textContent = `Incomplete: ${cuts.join("; ")}`;
}

function begin() {
  const all = [...tabs.values()].flatMap((events) => [events[0].timestamp, events.at(-1).timestamp]);
  const stepEnds = steps.map((step) => Number(step.dataset.replayTo ?? step.dataset.replayFrom));
  start = Math.min(...all, ...steps.map(fromOf));
  end = Math.max(...all, ...stepEnds, start + 1);
  const scrub = part("scrub");
  scrub.max = String(Math.ceil(end - start));
  scrub.disabled = false;
  for (const button of buttons) button.disabled = false;
  fillTabs();
  part("state").remove();
  const wanted = Number(root.dataset.replayAt ?? Number.NaN);
  const first = Number.isNaN(wanted) ? firstFailure() : wanted < 1e12 ? start + wanted : wanted;
  showTab(tabs.keys().next().value, first);
}

/** Where there is something to see: the end of the failed step, else the beginning. */
function firstFailure() {
  const failed = steps.find((step) => step.querySelector(".t-failed"));
  return failed ? Number(failed.dataset.replayTo ?? failed.dataset.replayFrom) : start;
}

function fillTabs() {
  const choice = part("tab");
  choice.hidden = tabs.size < 2;
  for (const tab of tabs.keys()) choice.append(new Option(`Tab ${tab + 1}`, String(tab)));
}

function showTab(tab, at) {
  player?.destroy();
  const view = part("view");
  view.replaceChildren();
  shownTab = tab;
  const events = tabs.get(tab);
  player = new window.rrweb.Replayer(events, {
    root: view,
    speed: Number(part("speed").value),
    mouseTail: false,
    showWarning: false,
    triggerFocus: false,
    skipInactive: false,
    // The recorded page has no scripts; what rrweb wants to say of it is for nobody.
    logger: { log() {}, warn() {} },
  });
  player.on("resize", (to) => {
    size = { width: Math.max(1, to.width), height: Math.max(1, to.height) };
    fit();
  });
  player.iframe.title = "The recorded page";
  player.iframe.tabIndex = -1;
  seek(at);
}

/** Where a tab begins later than the recording, it shows its beginning until then. */
function offsetOf(at) {
  const events = tabs.get(shownTab);
  const last = events.at(-1).timestamp - events[0].timestamp;
  // rrweb applies what lies before a time, not at it.
  return Math.max(0, Math.min(last, at - events[0].timestamp)) + 1;
}

function seek(at) {
  const wasPlaying = isPlaying;
  if (isPlaying) pause();
  now = Math.max(start, Math.min(end, at));
  player.pause(offsetOf(now));
  show();
  if (wasPlaying) play();
}

// Playing -------------------------------------------------------------------------------------------------------------

let lastFrame = 0;

function play() {
  if (now >= end) now = start;
  isPlaying = true;
  lastFrame = performance.now();
  player.play(offsetOf(now));
  requestAnimationFrame(tick);
  showPlaying();
}

function pause() {
  isPlaying = false;
  player.pause(offsetOf(now));
  showPlaying();
}

function tick(time) {
  if (!isPlaying) return;
  now = Math.min(end, now + Math.max(0, time - lastFrame) * Number(part("speed").value));
  lastFrame = Math.max(lastFrame, time);
  show();
  if (now >= end) pause();
  else requestAnimationFrame(tick);
}

function showPlaying() {
  const button = root.querySelector('[data-replay-do="play"]');
  button.textContent = isPlaying ? "Pause" : "Play";
}

// Showing -------------------------------------------------------------------------------------------------------------

let shownStep = null;

function show() {
  const ms = now - start;
  part("scrub").value = String(Math.round(ms));
  part("time").textContent = `${(ms / 1000).toFixed(1)} / ${((end - start) / 1000).toFixed(1)} s`;
  const scrub = part("scrub");
  scrub.setAttribute("aria-valuetext", `${(ms / 1000).toFixed(1)} seconds`);
  showStep(steps.findLast((step) => fromOf(step) <= now) ?? null);
  let lastLine = null;
  for (const { row, at } of lines) {
    row.classList.toggle("is-later", at > now);
    if (at <= now) lastLine = row;
  }
  reveal(lastLine);
  const opened = tabs.get(shownTab).findLast((event) => event.type === 4 && event.timestamp <= now + 1);
  part("url").textContent = opened?.data.href ?? "";
  tell();
}

function showStep(step) {
  if (step === shownStep) return;
  shownStep?.removeAttribute("aria-current");
  step?.setAttribute("aria-current", "step");
  shownStep = step;
  reveal(step);
}

/** Brings an item into its own list without moving the page. */
function reveal(item) {
  const box = item?.closest(".replay-list");
  if (!box) return;
  const outer = box.getBoundingClientRect();
  const inner = item.getBoundingClientRect();
  if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top;
  else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom;
}

function fit() {
  const view = part("view");
  const scale = Math.min(1, view.clientWidth / size.width);
  const { style } = player.wrapper;
  style.transformOrigin = "0 0";
  style.transform = `scale(${scale})`;
  view.style.height = `${Math.ceil(size.height * scale)}px`;
}

function tell() {
  if (window.parent === window) return;
  const time = performance.now();
  if (isPlaying && time - toldAt < tellEveryMs) return;
  toldAt = time;
  window.parent.postMessage({ type: "verdict-time", at: Math.round(now) }, location.origin);
}

// Keys, buttons, and the page around ------------------------------------------------------------------------------------

/** The end of a step is what it led to; the next one begins right after. */
function toStep(step) {
  if (!step) return;
  if (isPlaying) pause();
  seek(Number(step.dataset.replayTo ?? step.dataset.replayFrom));
  showStep(step);
}

const deeds = {
  play: () => (isPlaying ? pause() : play()),
  next: () => toStep(steps[steps.indexOf(shownStep) + 1]),
  previous: () => toStep(steps[Math.max(0, steps.indexOf(shownStep) - 1)]),
  later: () => seek(now + 500),
  earlier: () => seek(now - 500),
  first: () => seek(start),
  last: () => seek(end),
};
const keys = {
  " ": "play",
  j: "next",
  k: "previous",
  ArrowRight: "later",
  ArrowLeft: "earlier",
  Home: "first",
  End: "last",
};

for (const button of buttons) button.addEventListener("click", () => deeds[button.dataset.replayDo]());
for (const step of steps) step.addEventListener("click", () => player && toStep(step));
part("scrub").addEventListener("input", (event) => seek(start + Number(event.target.value)));
part("speed").addEventListener("change", (event) => player?.setConfig({ speed: Number(event.target.value) }));
part("tab").addEventListener("change", (event) => showTab(Number(event.target.value), now));
addEventListener("resize", () => player && fit());

document.addEventListener("keydown", (event) => {
  if (!player || event.ctrlKey || event.metaKey || event.altKey) return;
  const inside = event.target.closest?.("button, select, input, a");
  const isOwn = inside && (event.key === " " || inside.matches("select, input"));
  if (isOwn || !keys[event.key]) return;
  event.preventDefault();
  deeds[keys[event.key]]();
});

addEventListener("message", (event) => {
  const isOurs = event.origin === location.origin && event.source === window.parent;
  if (!isOurs || event.data?.type !== "verdict-seek" || !player) return;
  if (Number.isFinite(event.data.at)) seek(event.data.at);
});

load().then(begin, (error) => {
  const state = part("state");
  state.textContent = `The replay can't be shown: ${error.message}`;
});
