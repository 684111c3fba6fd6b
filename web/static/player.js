// Film and replay in step with the list of steps and the time line: choosing a step seeks to it, playing selects the steps that
// it comes to. Space plays and pauses, left and right go a second, comma and full stop a picture. Times: milliseconds from
// the start of the attempt, as `data-at` of the steps says them.
import { framesPlayer } from "./frames.js";

const secondMs = 1_000;
const pictureMs = 125;
/** A step that is passed faster than this is marked, but what is known of it is not fetched. */
const fetchAfterMs = 150;

let root = null;
let player = null;
let offset = 0;
let fetching = null;
let asking = null;

function videoPlayer(element, onTime) {
  const tell = () => onTime(element.currentTime * 1000, !element.paused);
  for (const name of ["timeupdate", "pause", "play"]) element.addEventListener(name, tell);
  const ready = () => element.closest("[data-player]").setAttribute("data-player-ready", "true");
  if (element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) ready();
  else element.addEventListener("loadeddata", ready, { once: true });
  return {
    get now() {
      return element.currentTime * 1000;
    },
    get isPlaying() {
      return !element.paused && !element.ended;
    },
    // Before the length is known the element keeps it as where to begin.
    seek(ms) {
      element.currentTime = Math.max(0, ms) / 1000;
    },
    play: () => element.play().catch(() => undefined),
    pause: () => element.pause(),
  };
}

function replayPlayer(element, epoch, onTime) {
  let now = 0;
  window.addEventListener("message", ({ origin, source, data }) => {
    if (origin !== location.origin || source !== element.contentWindow) return;
    if (data?.type !== "verdict-time" || typeof data.at !== "number") return;
    const isOn = data.at > now;
    now = data.at;
    onTime(now - epoch, isOn);
  });
  return {
    get now() {
      return now - epoch;
    },
    isPlaying: false,
    seek: (ms) =>
      element.contentWindow?.postMessage({ type: "verdict-seek", at: epoch + ms }, location.origin),
    play: () => undefined,
    pause: () => undefined,
  };
}

const steps = () => [...document.querySelectorAll("[data-run-step][data-at]")];
const atOf = (step) => Number(step.dataset.at);
/** A step is shown from its beginning; one that failed as it was when it did. */
const momentOf = (step) =>
  atOf(step) + (step.dataset.runStep === "failed" ? Number(step.dataset.took ?? 0) : 0);

/** The step that runs at a time: of those that have begun the last one, the innermost where several begin together. */
function stepAt(ms) {
  let found = null;
  for (const step of steps()) if (atOf(step) <= ms && (!found || atOf(step) >= atOf(found))) found = step;
  return found;
}

function mark(step) {
  for (const other of document.querySelectorAll('[data-run-step][aria-current="step"]')) {
    if (other !== step) other.removeAttribute("aria-current");
  }
  step.setAttribute("aria-current", "step");
  for (const bar of document.querySelectorAll("[data-for]")) {
    bar.classList.toggle("is-selected", bar.dataset.for === step.id);
  }
  document.dispatchEvent(new Event("verdict:step"));
}

/** Shows what is known of a step beside the player, which stays as it is. */
function select(step, waitMs = 0) {
  mark(step);
  history.replaceState(history.state, "", step.href);
  document.dispatchEvent(new Event("htmx:pushedIntoHistory"));
  clearTimeout(fetching);
  fetching = setTimeout(() => details(step.href).catch(() => undefined), waitMs);
}

/** Of several that are asked for in a row only the last one is shown. */
async function details(url) {
  asking?.abort();
  asking = new AbortController();
  const headers = { "HX-Request": "true", "HX-Target": "step-call" };
  const response = await fetch(url, { headers, signal: asking.signal });
  if (!response.ok) return;
  const swapStyle = "outerHTML";
  window.htmx?.swap("#step-call", await response.text(), { swapStyle });
}

const selected = () => document.querySelector('[data-run-step][aria-current="step"]');

function onTime(ms, isPlaying) {
  caption(ms + offset);
  if (!isPlaying) return;
  const step = stepAt(ms + offset);
  if (step && step !== selected()) select(step, fetchAfterMs);
}

function caption(ms) {
  const line = root?.querySelector("[data-player-caption]");
  if (!line) return;
  const step = stepAt(ms);
  const text = step?.dataset.title ?? "";
  if (line.textContent !== text) line.textContent = text;
}

function open() {
  const found = document.querySelector("[data-player]");
  if (found === root) return;
  if (player && root && !root.isConnected) player.pause();
  root = found;
  player = null;
  if (!root) return;
  offset = Number(root.dataset.playerFrom);
  const kind = root.dataset.player;
  if (kind === "frames") player = framesPlayer(root, onTime);
  else if (kind === "video") player = videoPlayer(root.querySelector("video"), onTime);
  else player = replayPlayer(root.querySelector("iframe"), Number(root.dataset.playerEpoch), onTime);
  const step = selected();
  if (step?.dataset.at && kind !== "replay") player.seek(momentOf(step) - offset);
}

document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest?.("[data-run-step][data-at]");
    if (!link || !player || !root.isConnected || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    player.seek(momentOf(link) - offset);
    select(link);
  },
  { capture: true },
);

const moves = {
  ArrowLeft: () => player.seek(player.now - secondMs),
  ArrowRight: () => player.seek(player.now + secondMs),
  ",": () => player.seek(player.now - pictureMs),
  ".": () => player.seek(player.now + pictureMs),
  " ": () => (player.isPlaying ? player.pause() : player.play()),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (!player || !root?.isConnected || root.dataset.player === "replay") return;
  // Elements that have keys of their own keep them.
  if (event.target.closest?.("input, textarea, select, button, video, dialog[open], summary")) return;
  const isInList = event.target.closest?.(".pane-steps") && event.key.startsWith("Arrow");
  if (isInList || !Object.hasOwn(moves, event.key)) return;
  event.preventDefault();
  moves[event.key]();
});

document.addEventListener("htmx:afterSettle", open);
open();
