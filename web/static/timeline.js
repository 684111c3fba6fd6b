// The time line of an execution: dragging over it chooses a stretch of time, a double click or Escape gives all of it back,
// a click on a bar selects its step, and what the pointer is on below is marked on it. What is chosen is sent by the form beside it, which does the same without this module.

const clickPx = 4;
let drag = null;

const tracks = () => document.querySelector("[data-timeline]");
const form = () => document.querySelector("form[data-window]");

/** The milliseconds under the pointer: everything on the line has the width of its shade. */
function timeAt(event, area) {
  const { left, width } = area.querySelector("[data-shade]").getBoundingClientRect();
  const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
  return Math.round(share * Number(area.dataset.timeline));
}

function isOnLine(event, area) {
  const { left, right } = area.querySelector("[data-shade]").getBoundingClientRect();
  return event.clientX >= left && event.clientX <= right;
}

function shade(area, from, to) {
  const length = Number(area.dataset.timeline);
  const [before, after] = area.querySelectorAll("[data-shade] rect");
  const percent = (ms) => `${(ms / length) * 100}%`;
  before.setAttribute("width", percent(from));
  after.setAttribute("x", percent(to));
  after.setAttribute("width", percent(length - to));
  area.querySelector("[data-shade]").classList.add("is-set");
}

function choose(from, to) {
  const fields = form();
  if (!fields) return;
  fields.elements.from.value = from;
  fields.elements.to.value = to;
  fields.requestSubmit();
}

function clear() {
  const button = document.querySelector("[data-window-clear]");
  button?.click();
  return Boolean(button);
}

document.addEventListener("pointerdown", (event) => {
  const area = event.button === 0 && event.target.closest?.("[data-timeline]");
  if (!area || !isOnLine(event, area)) return;
  drag = { area, x: event.clientX, at: timeAt(event, area), moved: false, pointer: event.pointerId };
});

document.addEventListener("pointermove", (event) => {
  if (!drag || event.pointerId !== drag.pointer) return;
  if (!drag.area.isConnected) drag = tracks() ? { ...drag, area: tracks() } : null;
  if (!drag || Math.abs(event.clientX - drag.x) < clickPx) return;
  if (!drag.moved) getSelection()?.removeAllRanges();
  drag.moved = true;
  document.documentElement.classList.add("is-dragging");
  const to = timeAt(event, drag.area);
  shade(drag.area, Math.min(drag.at, to), Math.max(drag.at, to));
});

document.addEventListener("pointerup", (event) => {
  const ended = drag;
  drag = null;
  document.documentElement.classList.remove("is-dragging");
  if (!ended) return;
  if (!ended.moved) {
    const step = event.target.closest?.("[data-for]")?.dataset.for;
    if (step) document.getElementById(step)?.click();
    return;
  }
  const to = timeAt(event, ended.area);
  if (to !== ended.at) choose(Math.min(ended.at, to), Math.max(ended.at, to));
  // The link under the pointer was dragged over, not clicked.
  document.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", swallow, { capture: true }));
});

function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}

document.addEventListener("pointercancel", () => {
  drag = null;
  document.documentElement.classList.remove("is-dragging");
});

document.addEventListener("dblclick", (event) => {
  if (event.target.closest?.("[data-timeline]")) clear();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (event.target.closest?.("input, textarea, select")) return;
  if (clear()) event.preventDefault();
});

/** When what stands in a line of the evidence happened and how long it took, in milliseconds of the attempt. */
function momentOf(target, area) {
  const request = target.closest?.("#evidence [data-moment]");
  if (request) return [Number(request.dataset.moment), Number(request.dataset.lasts)];
  const time = target.closest?.("#evidence .log-row")?.querySelector("time[datetime]");
  return time ? [Date.parse(time.dateTime) - Number(area.dataset.began), 0] : null;
}

function showMoment(event) {
  const area = tracks();
  const mark = area?.querySelector("[data-moment-mark]");
  if (!mark) return;
  const moment = momentOf(event.target, area);
  const length = Number(area.dataset.timeline);
  const isOn = moment !== null && moment[0] >= 0 && moment[0] <= length;
  mark.classList.toggle("is-set", isOn);
  if (!isOn) return;
  const [rect] = mark.children;
  rect.setAttribute("x", `${(moment[0] / length) * 100}%`);
  rect.setAttribute("width", `${Math.min(100, (moment[1] / length) * 100)}%`);
}

document.addEventListener("pointerover", showMoment);
document.addEventListener("focusin", showMoment);

/** Nothing is fetched anew under a line that is being dragged over. */
document.addEventListener("htmx:beforeRequest", (event) => {
  if (drag?.moved && event.target.matches?.("[data-live-topic]")) event.preventDefault();
});
