// Follows what is running: one socket, hints only. A hint makes the part that declares `hx-trigger="live"` fetch itself
// again, and the log fetch the lines after the last one it has; both come from the server as HTML.

const logRowsMax = 5000;
const pollMs = 3000;
const backOffMs = { first: 500, most: 15_000 };
const chipWords = {
  connecting: "connecting",
  live: "live",
  reconnecting: "reconnecting",
  polling: "polling",
  offline: "offline",
};
const chipTones = {
  live: "t-passed",
  polling: "t-flaky",
  reconnecting: "t-flaky",
  offline: "t-failed",
  connecting: "t-quiet",
};

let socket = null;
let failures = 0;
let retryTimer = 0;
let pollTimer = 0;
let state = "connecting";
/** The last number seen of each topic, to go on from. */
const seen = new Map();
const dirty = new Set();
const lastFetch = new Map();
let flushTimer = 0;

function regions() {
  return [...document.querySelectorAll("[data-live-topic]")];
}

function log() {
  return document.querySelector("[data-log][data-log-topic]");
}

/** Topics that anything on the page follows, with the number to go on from. */
function wantedTopics() {
  const topics = new Map();
  const want = (topic, after) =>
    topics.set(topic, Math.min(topics.get(topic) ?? Number.MAX_SAFE_INTEGER, after));
  for (const region of regions()) want(region.dataset.liveTopic, Number(region.dataset.liveAfter ?? 0));
  const lines = log();
  // The region of an execution is as new as the log beside it.
  if (lines) topics.set(lines.dataset.logTopic, Number(lines.dataset.logAfter));
  return topics;
}

// Socket ----------------------------------------------------------------------------------------------------------------

function connect() {
  clearTimeout(retryTimer);
  if (wantedTopics().size === 0) return setState("live");
  try {
    socket = new WebSocket(`${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws`);
  } catch {
    return lost();
  }
  socket.addEventListener("open", () => {
    for (const [topic, after] of wantedTopics()) subscribe(topic, seen.get(topic) ?? after);
  });
  socket.addEventListener("message", (event) => receive(event.data));
  socket.addEventListener("close", lost);
}

function subscribe(topic, after) {
  socket.send(JSON.stringify({ type: "subscribe", topic, after }));
}

function receive(data) {
  let message;
  try {
    message = JSON.parse(data);
  } catch {
    return;
  }
  if (message.type === "subscribed") {
    const again = failures > 0 || pollTimer !== 0;
    failures = 0;
    stopPolling();
    setState("live");
    if (again) dirty.add(message.topic);
  } else if (message.type === "event") {
    seen.set(message.topic, Math.max(seen.get(message.topic) ?? 0, Number(message.seq) || 0));
    dirty.add(message.topic);
  } else return;
  flushSoon();
}

function lost() {
  socket = null;
  if (wantedTopics().size === 0) return;
  failures++;
  setState(navigator.onLine ? "reconnecting" : "offline");
  if (failures >= 2) startPolling();
  const wait = Math.min(backOffMs.most, backOffMs.first * 2 ** (failures - 1));
  retryTimer = setTimeout(connect, wait / 2 + (wait / 2) * Math.random());
}

function startPolling() {
  if (pollTimer !== 0) return;
  pollTimer = setInterval(() => {
    if (!navigator.onLine) return setState("offline");
    setState("polling");
    for (const topic of wantedTopics().keys()) dirty.add(topic);
    flushSoon();
  }, pollMs);
}

function stopPolling() {
  clearInterval(pollTimer);
  pollTimer = 0;
}

window.addEventListener("online", () => {
  if (socket === null) connect();
});

// Parts -----------------------------------------------------------------------------------------------------------------

function flushSoon(waitMs = 50) {
  if (flushTimer === 0) flushTimer = setTimeout(flush, waitMs);
}

function flush() {
  flushTimer = 0;
  let next = Number.POSITIVE_INFINITY;
  const topics = [...dirty];
  for (const region of regions()) {
    const topic = region.dataset.liveTopic;
    if (!topics.includes(topic)) continue;
    const every = Number(region.dataset.liveEvery ?? 250) * (document.hidden ? 8 : 1);
    const wait = (lastFetch.get(region.id) ?? 0) + every - Date.now();
    if (wait > 0 || region.classList.contains("htmx-request") || isBusy(region)) {
      next = Math.min(next, Math.max(wait, 250));
      continue;
    }
    dirty.delete(topic);
    lastFetch.set(region.id, Date.now());
    window.htmx.trigger(region, "live");
  }
  const lines = log();
  if (lines && topics.includes(lines.dataset.logTopic)) {
    if (!document.querySelector(`[data-live-topic="${CSS.escape(lines.dataset.logTopic)}"]`))
      dirty.delete(lines.dataset.logTopic);
    void fetchLines();
  }
  if (Number.isFinite(next)) flushSoon(next);
}

/** Nobody's selection, open menu or question is taken away from under them. */
function isBusy(region) {
  const selection = getSelection();
  const selects = selection && !selection.isCollapsed && region.contains(selection.anchorNode);
  const typed = region.querySelector("input[type=search]:focus");
  return (
    selects ||
    (typed && typed.value !== typed.defaultValue) ||
    region.querySelector("details[data-menu][open]") !== null ||
    document.querySelector("dialog[open]") !== null
  );
}

document.addEventListener("htmx:afterSwap", () => {
  showState();
  watch();
  // What has come to its end is not followed any more; its last lines are fetched once.
  const lines = log();
  if (lines && regions().length === 0) {
    void fetchLines().then(() => delete lines.dataset.logTopic);
  }
  if (wantedTopics().size === 0 && socket) socket.close();
  if (wantedTopics().size === 0) stopPolling();
});

// Log -------------------------------------------------------------------------------------------------------------------

let fetching = null;

/** Appends what is new, in order and once: one fetch at a time, each from where the last one ended. */
function fetchLines() {
  fetching ??= append().finally(() => {
    fetching = null;
  });
  return fetching;
}

async function append() {
  const lines = log();
  if (!lines) return;
  for (let page = 0; page < 100; page++) {
    const url = `${lines.dataset.log}&after=${lines.dataset.logAfter}`;
    const response = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
    const redirect = response?.headers.get("HX-Redirect");
    if (redirect) location.assign(redirect);
    if (response?.status !== 200) return;
    put(lines, await response.text());
    lines.dataset.logAfter = response.headers.get("Verdict-After") ?? lines.dataset.logAfter;
    if (response.headers.get("Verdict-More") !== "true") break;
  }
  document.querySelector("[data-log-next]")?.remove();
}

function put(lines, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const last = Number(lines.lastElementChild?.dataset.seq ?? 0);
  const rows = [...template.content.children].filter((row) => Number(row.dataset.seq) > last);
  if (rows.length === 0) return;
  const box = lines.closest("[data-log-scroll]");
  const follows = box.scrollHeight - box.scrollTop - box.clientHeight < 32;
  lines.append(...rows);
  while (lines.children.length > logRowsMax) lines.firstElementChild.remove();
  if (follows) box.scrollTop = box.scrollHeight;
}

// What can be seen from another tab --------------------------------------------------------------------------------------

function setState(next) {
  state = next;
  showState();
}

function showState() {
  for (const chip of document.querySelectorAll("[data-live-chip]")) {
    if (chip.dataset.state === state) continue;
    chip.dataset.state = state;
    chip.textContent = chipWords[state];
    chip.className = `live ${chipTones[state]}`;
  }
}

const icon = document.querySelector('link[rel="icon"]');
const goodIcon = icon?.href;

function watch() {
  const watched = document.querySelector("[data-watch]");
  if (!watched || !icon) return;
  const { watch: status, watchTitle } = watched.dataset;
  document.title = `${status}: ${watchTitle} · Verdict`;
  const isBad = status === "failed" || status === "error";
  const wanted = isBad ? goodIcon.replace("/icon.svg", "/icon-bad.svg") : goodIcon;
  if (icon.href !== wanted) icon.href = wanted;
}

watch();
{
  const box = log()?.closest("[data-log-scroll]");
  if (box) box.scrollTop = box.scrollHeight;
  if (log()?.dataset.logMore === "true") void fetchLines();
}
connect();
