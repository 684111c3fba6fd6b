// Keys of the page of an execution: j k (and the arrows in the list) go through the steps that are seen, left and right fold
// and unfold, f goes to the next failed one, [ and ] to the failures beside this one in its run.

const steps = () =>
  [...document.querySelectorAll("[data-run-step]")].filter((step) => step.checkVisibility?.() ?? true);

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
const folds = { ArrowRight: true, ArrowLeft: false };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.id === "step-filter" && event.key === "Escape" && event.target.value !== "") {
    event.preventDefault();
    event.target.value = "";
    event.target.dispatchEvent(new Event("input", { bubbles: true }));
  }
  if (event.target.closest?.("input, textarea, select")) return;
  const inList = event.target.closest?.(".pane-steps");
  const move = moves[(inList && arrows[event.key]) || event.key];
  if (move) {
    event.preventDefault();
    go(move);
  } else if (inList && event.key in folds) fold(event, folds[event.key]);
  else if (event.key === "[") document.querySelector('[data-failure="previous"]')?.click();
  else if (event.key === "]") document.querySelector('[data-failure="next"]')?.click();
});

/** Opens or closes what is inside of the step that has the focus; closing goes one step out where nothing is open. */
function fold(event, open) {
  const line = event.target.closest(".run-step");
  const own = [...(line?.querySelectorAll(":scope > details") ?? [])];
  const change = own.filter((details) => details.open !== open);
  if (change.length > 0) {
    event.preventDefault();
    for (const details of change) details.open = open;
    return;
  }
  const outer = open ? null : line?.parentElement.closest(".run-step")?.querySelector(":scope > a");
  if (!outer) return;
  event.preventDefault();
  outer.focus({ preventScroll: true });
  outer.click();
}

/** Brings the selected step into its own list without moving the page. */
function reveal() {
  for (const current of document.querySelectorAll('.pane-scroll [aria-current="step"]')) {
    const box = current.closest("[data-keep-scroll]");
    if (!box) continue;
    const outer = box.getBoundingClientRect();
    const inner = current.getBoundingClientRect();
    if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top + 8;
    else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom + 8;
  }
}

const kept = ["step", "view", "q", "show", "kind"];

/** The tabs of the evidence and the form of the time line go on from what is chosen now. */
function keepChoice() {
  const now = new URL(location.href).searchParams;
  for (const link of document.querySelectorAll("#evidence .tabs a, #evidence .log-next a")) {
    const url = new URL(link.href);
    for (const name of kept) {
      if (now.get(name)) url.searchParams.set(name, now.get(name));
      else url.searchParams.delete(name);
    }
    link.href = url.href;
  }
  for (const link of document.querySelectorAll(".pane-picture .tabs a")) {
    const url = new URL(link.href);
    if (now.get("step")) url.searchParams.set("step", now.get("step"));
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
document.addEventListener("verdict:step", changed);
document.addEventListener("htmx:pushedIntoHistory", keepChoice);
changed();
