// Draws running pages. One socket for all views of this page; a view is subscribed while it is in sight, and never while the
// tab is hidden. A picture is acknowledged when it is drawn, so that a slow reader gets fewer and not later ones.

const backOffMs = { first: 500, most: 15_000 };
const words = {
  waiting: "waiting for a worker",
  live: "live",
  pausing: "pausing before the next step",
  paused: "paused",
  ended: "ended",
  lost: "reconnecting",
};
const tones = {
  waiting: "t-quiet",
  live: "t-running",
  pausing: "t-flaky",
  paused: "t-flaky",
  ended: "t-quiet",
  lost: "t-flaky",
};
const inputMs = 40;

let socket = null;
let failures = 0;
let retryTimer = 0;
/** By execution: what is known of the view. */
const views = new Map();
const userId = document.querySelector("[data-user-id]")?.dataset.userId ?? null;

function frames() {
  return [...document.querySelectorAll("[data-view]")];
}

function viewOf(id) {
  let view = views.get(id);
  if (!view) {
    view = { id, isSeen: false, isAsked: false, isOver: false, state: null, drawing: false };
    views.set(id, view);
  }
  return view;
}

// Socket ----------------------------------------------------------------------------------------------------------------

function isOpen() {
  return socket?.readyState === WebSocket.OPEN;
}

function send(message) {
  if (isOpen()) socket.send(JSON.stringify(message));
}

function connect() {
  clearTimeout(retryTimer);
  if (socket || ![...views.values()].some((view) => view.isSeen && !view.isOver)) return;
  socket = new WebSocket(`${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws`);
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", () => {
    for (const view of views.values()) view.isAsked = false;
    follow();
  });
  socket.addEventListener("message", ({ data }) => receive(data));
  socket.addEventListener("close", () => {
    socket = null;
    failures++;
    for (const view of views.values()) {
      view.isAsked = false;
      if (view.isSeen && !view.isOver) say(view.id, { word: words.lost, tone: tones.lost });
    }
    retryTimer = setTimeout(connect, Math.min(backOffMs.most, backOffMs.first * 2 ** (failures - 1)));
  });
}

/** Asks for what is in sight, and for nothing else. */
function follow() {
  for (const view of views.values()) {
    const isWanted = view.isSeen && !view.isOver && !document.hidden;
    if (isWanted === view.isAsked || !isOpen()) continue;
    view.isAsked = isWanted;
    const topic = `view:${view.id}`;
    if (!isWanted) send({ type: "unsubscribe", topic });
    else {
      const { viewFps, viewWidth } = document.getElementById(`view-${view.id}`).dataset;
      send({ type: "subscribe", topic, fps: Number(viewFps), width: Number(viewWidth) });
      send({ type: "ack", topic, seq: 0 });
    }
  }
  connect();
}

function receive(data) {
  if (data instanceof ArrayBuffer) return receivePicture(data);
  const message = JSON.parse(data);
  if (!message.topic?.startsWith("view:")) return;
  const view = viewOf(message.topic.slice("view:".length));
  if (message.type === "subscribed") failures = 0;
  else if (message.type === "event") show(view, message.event.view);
  else if (message.type === "error") say(view.id, { note: message.message });
}

function receivePicture(data) {
  const length = new DataView(data).getUint32(0);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  const view = viewOf(head.view.executionId);
  const acknowledge = () => send({ type: "ack", topic: head.topic, seq: head.seq });
  createImageBitmap(new Blob([new Uint8Array(data, 4 + length)], { type: "image/jpeg" })).then((picture) => {
    view.picture?.close();
    view.picture = picture;
    show(view, head.view);
    acknowledge();
  }, acknowledge);
}

// Drawing ---------------------------------------------------------------------------------------------------------------

function show(view, state) {
  // What was marked belongs to the page as it was then.
  if (view.state?.scene?.url !== state.scene?.url || state.state !== "paused") view.boxes = null;
  view.state = state;
  if (state.state === "ended") {
    view.isOver = true;
    follow();
  }
  if (!view.drawing) {
    view.drawing = true;
    requestAnimationFrame(() => {
      view.drawing = false;
      draw(view);
    });
  }
  showPane(view);
}

function draw(view) {
  const frame = document.getElementById(`view-${view.id}`);
  const canvas = frame?.querySelector("[data-view-canvas]");
  if (!canvas || !view.picture) return;
  const { width, height } = view.picture;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context.drawImage(view.picture, 0, 0);
  frame.dataset.viewHasPicture = "true";
  const { scene } = view.state;
  if (!scene?.width || view.state.state === "ended") return;
  const scale = width / scene.width;
  const style = getComputedStyle(frame);
  if (scene.box) mark(context, scene.box, scale, style.getPropertyValue("--accent"));
  for (const box of view.boxes ?? []) mark(context, box, scale, style.getPropertyValue("--flaky"));
  if (scene.pointer) drawPointer(context, scene.pointer.x * scale, scene.pointer.y * scale);
}

function mark(context, { x, y, width, height }, scale, colour) {
  context.lineWidth = 2;
  context.strokeStyle = colour;
  context.strokeRect(x * scale - 2, y * scale - 2, width * scale + 4, height * scale + 4);
}

function drawPointer(context, x, y) {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + 11, y + 11);
  context.lineTo(x + 5, y + 11);
  context.lineTo(x, y + 16);
  context.closePath();
  context.fillStyle = "#fff";
  context.strokeStyle = "#000";
  context.lineWidth = 1;
  context.fill();
  context.stroke();
}

// The pane --------------------------------------------------------------------------------------------------------------

function paneOf(id) {
  return document.querySelector(`[data-view-pane="${CSS.escape(id)}"]`);
}

function say(id, { word, tone, note, step }) {
  const pane = paneOf(id);
  if (!pane) return;
  const chip = pane.querySelector("[data-view-word]");
  if (word !== undefined && chip.textContent !== word) {
    chip.textContent = word;
    chip.className = `live ${tone}`;
  }
  if (note !== undefined) pane.querySelector("[data-view-note]").textContent = note;
  if (step !== undefined) pane.querySelector("[data-view-step]").textContent = step;
}

function showPane(view) {
  const pane = paneOf(view.id);
  if (!pane) return;
  const { state, pause, holder, scene } = view.state;
  pane.dataset.viewState = state;
  const isMine = holder !== null && holder.userId === userId;
  pane.dataset.viewHolder = holder === null ? "none" : isMine ? "me" : "other";
  const until = pause?.until ? new Date(pause.until) : null;
  const notes = [
    pause?.by ? `by ${pause.by}` : "",
    state === "paused" && until
      ? `${pause.thenDoes === "stop" ? "ends" : "goes on"} by itself at ${until.toLocaleTimeString()}`
      : "",
    holder ? `${isMine ? "you have" : `${holder.name} has`} mouse and keyboard` : "",
  ];
  const step = scene?.step
    ? `${state === "paused" ? "Next: " : ""}${scene.step.step + 1}. ${scene.step.title}`
    : "";
  say(view.id, { word: words[state], tone: tones[state], note: notes.filter(Boolean).join(" · "), step });
  const canvas = pane.querySelector("[data-view-canvas]");
  canvas.tabIndex = isMine ? 0 : -1;
  if (isMine && !view.hasInput) canvas.focus();
  view.hasInput = isMine;
}

/** A control does its work without leaving the page; what it does comes back over the socket. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  const pane = form.closest("[data-view-pane]");
  if (!pane || !form.closest(".view-controls")) return;
  event.preventDefault();
  void act(pane, form.getAttribute("action"));
});

async function act(pane, action) {
  const response = await fetch(action, { method: "POST", headers: { "HX-Request": "true" } }).catch(
    () => null,
  );
  if (response?.ok) return;
  const text = response
    ? new DOMParser().parseFromString(await response.text(), "text/html").body.textContent
    : "";
  say(pane.dataset.viewPane, { note: text.trim().slice(0, 200) || "that did not work; try again" });
}

document.addEventListener("keydown", (event) => {
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    event.target.closest("input, textarea, select, canvas, dialog")
  )
    return;
  const pane = document.querySelector("[data-view-pane]");
  const isPaused = /^paus/.test(pane?.dataset.viewState ?? "");
  const verb = { p: isPaused ? "resume" : "pause", n: "step" }[event.key];
  const button = verb && pane?.querySelector(`form[action$="/${verb}"] button`);
  if (button?.offsetParent) button.click();
});

// Mouse and keyboard ------------------------------------------------------------------------------------------------------

const waiting = new Map();

function give(canvas, input) {
  const id = canvas.closest("[data-view]").dataset.view;
  const events = waiting.get(id) ?? [];
  if (events.length === 0) setTimeout(() => flushInput(id), inputMs);
  // Only the last of several moves is of interest.
  if (input.type === "move" && events.at(-1)?.type === "move") events.pop();
  if (events.length < 50) events.push(input);
  waiting.set(id, events);
}

function flushInput(id) {
  const events = waiting.get(id) ?? [];
  waiting.delete(id);
  if (events.length > 0) send({ type: "input", topic: `view:${id}`, events });
}

/** The canvas of a view whose mouse and keyboard are mine. */
function mineAt(event) {
  const canvas = event.target instanceof Element ? event.target.closest("[data-view-canvas]") : null;
  const view = canvas && views.get(canvas.closest("[data-view]").dataset.view);
  return view?.hasInput ? { canvas, view } : null;
}

function placeOf(event, { canvas, view }) {
  const box = canvas.getBoundingClientRect();
  const { width, height } = view.state.scene;
  return {
    x: Math.round(((event.clientX - box.left) / box.width) * width),
    y: Math.round(((event.clientY - box.top) / box.height) * height),
  };
}

const buttons = ["left", "middle", "right"];

for (const [name, type] of [
  ["mousedown", "down"],
  ["mouseup", "up"],
]) {
  document.addEventListener(name, (event) => {
    const mine = mineAt(event);
    const button = buttons[event.button];
    if (!mine || !button) return;
    event.preventDefault();
    mine.canvas.focus();
    const clicks = Math.min(3, Math.max(1, event.detail));
    give(mine.canvas, { type, ...placeOf(event, mine), button, clicks });
  });
}
document.addEventListener("mousemove", (event) => {
  const mine = mineAt(event);
  if (mine) give(mine.canvas, { type: "move", ...placeOf(event, mine) });
});
document.addEventListener("contextmenu", (event) => {
  if (mineAt(event)) event.preventDefault();
});
document.addEventListener(
  "wheel",
  (event) => {
    const mine = mineAt(event);
    if (!mine) return;
    event.preventDefault();
    const { deltaX, deltaY } = event;
    give(mine.canvas, { type: "wheel", ...placeOf(event, mine), deltaX, deltaY });
  },
  { passive: false },
);
for (const [name, type] of [
  ["keydown", "keyDown"],
  ["keyup", "keyUp"],
]) {
  document.addEventListener(
    name,
    (event) => {
      const mine = mineAt(event);
      if (!mine) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      // The way out, which the page under test therefore does not get.
      if (event.key === "Escape" && event.shiftKey) {
        if (type === "keyDown")
          mine.canvas.closest("[data-view-pane]").querySelector('form[action$="/give-input"] button').click();
      } else if (event.key !== "Dead" && event.key !== "Unidentified") {
        give(mine.canvas, { type, key: event.key === " " ? "Space" : event.key });
      }
    },
    true,
  );
}
document.addEventListener("paste", (event) => {
  const mine = mineAt(event);
  const text = event.clipboardData?.getData("text/plain").slice(0, 200);
  if (mine && text) give(mine.canvas, { type: "text", text });
});

// Boxes that somebody asked for, and the size of what they are in: see `live-pick.js`.
document.addEventListener("verdict:boxes", ({ detail }) => {
  const view = viewOf(detail.executionId);
  view.boxes = detail.boxes;
  if (view.state) draw(view);
});
document.addEventListener("verdict:view-size", ({ detail }) => {
  const { scene } = views.get(detail.executionId)?.state ?? {};
  detail.size = scene ? { width: scene.width, height: scene.height } : null;
});

// What is in sight ----------------------------------------------------------------------------------------------------------

// A little before it is in sight: who scrolls there finds a picture.
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) viewOf(target.dataset.view).isSeen = isIntersecting;
    follow();
  },
  { rootMargin: "1000px" },
);

function observe() {
  const present = new Set(frames().map((frame) => frame.dataset.view));
  for (const [id, view] of views) {
    if (present.has(id)) continue;
    if (view.isAsked) send({ type: "unsubscribe", topic: `view:${id}` });
    view.picture?.close();
    views.delete(id);
  }
  for (const frame of frames()) observer.observe(frame);
}

document.addEventListener("visibilitychange", follow);
document.addEventListener("htmx:afterSwap", observe);
observe();
