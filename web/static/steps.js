// Keys of the page of an execution: j k (and the arrows in the list) go through the steps, f to the next failed one, [ and ]
// to the failures beside this one in its run.

const steps = () => [...document.querySelectorAll("[data-run-step]")];

function go(find) {
  const all = steps();
  const at = all.findIndex((step) => step.getAttribute("aria-current") === "step");
  const next = find(all, at);
  if (!next || next === all[at]) return;
  next.focus({ preventScroll: true });
  next.click();
}

const moves = {
  j: (all, at) => all[at + 1],
  k: (all, at) => all[Math.max(0, at - 1)],
  f: (all, at) => {
    const failed = (step) => step.dataset.runStep === "failed";
    return all.slice(at + 1).find(failed) ?? all.find(failed);
  },
};
const arrows = { ArrowDown: "j", ArrowUp: "k" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest?.("input, textarea, select")) return;
  const inList = event.target.closest?.(".pane-steps");
  const move = moves[(inList && arrows[event.key]) || event.key];
  if (move) {
    event.preventDefault();
    go(move);
  } else if (event.key === "[") document.querySelector('[data-failure="previous"]')?.click();
  else if (event.key === "]") document.querySelector('[data-failure="next"]')?.click();
});

/** Brings the selected step into its own list without moving the page. */
function reveal() {
  for (const current of document.querySelectorAll(
    '.pane-scroll [aria-current="step"], .film-scroll [aria-current="step"]',
  )) {
    const box = current.closest("[data-keep-scroll]");
    if (!box) continue;
    const outer = box.getBoundingClientRect();
    const inner = current.getBoundingClientRect();
    if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top + 8;
    else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom + 8;
    if (inner.left < outer.left) box.scrollLeft -= outer.left - inner.left + 8;
    else if (inner.right > outer.right) box.scrollLeft += inner.right - outer.right + 8;
  }
}

/** The tabs of the evidence lead to the step that is chosen now. */
function keepStep() {
  const step = new URL(location.href).searchParams.get("step");
  for (const link of document.querySelectorAll("#evidence .tabs a, #evidence .log-next a")) {
    const url = new URL(link.href);
    if (step) url.searchParams.set("step", step);
    link.href = url.href;
  }
}

let shown = null;
function changed() {
  const now = document.querySelector('[data-run-step][aria-current="step"]')?.id ?? null;
  if (now !== shown) reveal();
  shown = now;
}

document.addEventListener("htmx:afterSettle", changed);
document.addEventListener("htmx:pushedIntoHistory", keepStep);
changed();
