// The editors of test cases and suites: every change is a button of the form, so this only presses them for keys and the
// mouse, puts the focus where the work goes on, and warns before something unsaved is left.

let pending = null;
let leaving = false;

function press(form, operation, focusId) {
  pending = { focusId };
  const button = document.createElement("button");
  button.type = "submit";
  button.name = "op";
  button.value = operation;
  button.className = "sr";
  form.append(button);
  // Clicked and not sent by `requestSubmit`: htmx takes the button from the click.
  button.click();
}

const verbs = { ArrowUp: "up", ArrowDown: "down", ArrowRight: "in", ArrowLeft: "out" };
const beside = { up: -1, down: 1 };

document.addEventListener("keydown", (event) => {
  const verb = event.altKey ? verbs[event.key] : undefined;
  if (verb === undefined) return;
  const row = event.target.closest?.("[data-step]");
  const form = row?.closest("form[data-editor]");
  // In a field, Alt with an arrow is the browser's own.
  if (!form || (!beside[verb] && event.target.closest("input, textarea, select"))) return;
  event.preventDefault();
  const path = row.dataset.step;
  const button = row.querySelector(`button[value="${verb}:${path}"]`);
  const to = beside[verb] ? pathBeside(row, beside[verb]) : button?.dataset.to;
  if (to === null || to === undefined) return;
  press(form, `${verb}:${path}`, event.target.id ? idAt(event.target.id, dashed(path), dashed(to)) : null);
});

function dashed(path) {
  return path.replaceAll(".", "-");
}

/** The path of the place before or behind a row in its list; null at the ends. */
function pathBeside(row, by) {
  const parts = row.dataset.step.split(".");
  const at = Number(parts.pop()) + by;
  const rows = row.parentElement.querySelectorAll(":scope > [data-step]").length;
  return at < 0 || at >= rows ? null : [...parts, at].join(".");
}

/** The id of the same control in another row. */
function idAt(id, from, to) {
  const [, verb, at] = /^(open|up|down|in|out|copy|toggle|delete|remove)-(.+)$/.exec(id) ?? [];
  return at === from ? `${verb}-${to}` : id;
}

/** The path with its last number changed, as a part of an id. */
function shifted(path, by) {
  const parts = path.split(".");
  const at = Math.max(0, Number(parts.pop()) + by);
  return dashed([...parts, at].join("."));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-editor]")) return;
  const { submitter } = event;
  if (submitter?.matches("[data-save]") || !form.hasAttribute("hx-post")) leaving = true;
  const operation = submitter?.value ?? "";
  const [verb, at] = operation.split(":");
  // A key or the mouse has already said where the work goes on.
  if (pending) return;
  if (verb === "add" && form.id === "editor") pending = { first: true };
  else if (verb === "up" || verb === "down") pending = { focusId: `${verb}-${shifted(at, beside[verb])}` };
  else if (verb === "in" || verb === "out") pending = { focusId: `${verb}-${submitter.dataset.to}` };
  else if (verb === "copy") pending = { focusId: `open-${shifted(at, 1)}` };
  else if (verb === "delete" || verb === "remove") pending = { focusId: `${verb}-${shifted(at, -1)}` };
});

document.addEventListener("htmx:afterSettle", () => {
  leaving = false;
  const wanted = pending;
  pending = null;
  if (wanted?.first)
    document
      .querySelector(".edit-step.is-open .step-form :is(input, textarea, select):not([type=hidden])")
      ?.focus();
  else if (wanted?.focusId) focusOn(wanted.focusId);
});

/** The control, or the row's own button where the control can't be used in this place. */
function focusOn(id) {
  const element = document.getElementById(id);
  const usable =
    element && !element.disabled ? element : document.getElementById(id.replace(/^[a-z]+/, "open"));
  usable?.focus();
}

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-editor]");
  if (form && event.target.type !== "search") form.dataset.dirty = "true";
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-discard]")) leaving = true;
});

window.addEventListener("beforeunload", (event) => {
  if (!leaving && document.querySelector("form[data-editor][data-dirty]")) event.preventDefault();
});

// Dragging ---------------------------------------------------------------------------------------------------------------

let dragged = null;

document.addEventListener("dragstart", (event) => {
  const row = event.target.closest?.(".grip")?.closest("[data-step]");
  if (!row) return;
  dragged = row;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", row.dataset.step);
  event.dataTransfer.setDragImage(row, 16, 16);
  row.classList.add("is-dragged");
});

document.addEventListener("dragover", (event) => {
  const row = rowBeside(event.target);
  if (!row) return;
  event.preventDefault();
  mark(row, isBelow(row, event) ? "drop-below" : "drop-above");
});

document.addEventListener("drop", (event) => {
  const row = rowBeside(event.target);
  const form = row?.closest("form[data-editor]");
  if (!form) return;
  event.preventDefault();
  const parts = dragged.dataset.step.split(".");
  const from = Number(parts.pop());
  const place = Number(row.dataset.step.split(".").pop()) + (isBelow(row, event) ? 1 : 0);
  const to = place > from ? place - 1 : place;
  const at = (index) => [...parts, index].join(".");
  if (to !== from) press(form, `move:${at(from)}:${at(to)}`, `open-${dashed(at(to))}`);
});

document.addEventListener("dragend", () => {
  mark(null, "");
  dragged?.classList.remove("is-dragged");
  dragged = null;
});

/** The row of the dragged one's own list that something stands in, also deep inside of it. */
function rowBeside(target) {
  let row = dragged && target.closest?.("[data-step]");
  while (row && row.parentElement !== dragged.parentElement) row = row.parentElement.closest("[data-step]");
  return row;
}

function isBelow(row, event) {
  const { top, height } = row.getBoundingClientRect();
  return event.clientY > top + height / 2;
}

function mark(row, name) {
  for (const other of document.querySelectorAll(".drop-above, .drop-below"))
    other.classList.remove("drop-above", "drop-below");
  if (row) row.classList.add(name);
}
