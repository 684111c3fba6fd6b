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

document.addEventListener("keydown", (event) => {
  if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  const row = event.target.closest?.("[data-step]");
  const form = row?.closest("form[data-editor]");
  if (!form) return;
  event.preventDefault();
  const at = Number(row.dataset.step);
  const to = event.key === "ArrowUp" ? at - 1 : at + 1;
  if (to < 0 || to >= form.querySelectorAll("[data-step]").length) return;
  press(
    form,
    `${event.key === "ArrowUp" ? "up" : "down"}:${at}`,
    event.target.id ? idAt(event.target.id, to) : null,
  );
});

/** The id of the same control in another row. */
function idAt(id, index) {
  return /^(open|up|down|copy|toggle|delete|remove)-\d+$/.test(id) ? id.replace(/\d+$/, String(index)) : id;
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
  else if (verb === "up" || verb === "down")
    pending = { focusId: `${verb}-${Number(at) + (verb === "up" ? -1 : 1)}` };
  else if (verb === "copy") pending = { focusId: `open-${Number(at) + 1}` };
  else if (verb === "delete" || verb === "remove")
    pending = { focusId: `${verb}-${Math.max(0, Number(at) - 1)}` };
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
  const row = dragged && event.target.closest?.("[data-step]");
  if (!row || row.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  mark(row, isBelow(row, event) ? "drop-below" : "drop-above");
});

document.addEventListener("drop", (event) => {
  const row = dragged && event.target.closest?.("[data-step]");
  const form = row?.closest("form[data-editor]");
  if (!form || row.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  const from = Number(dragged.dataset.step);
  const place = Number(row.dataset.step) + (isBelow(row, event) ? 1 : 0);
  const to = place > from ? place - 1 : place;
  if (to !== from) press(form, `move:${from}:${to}`, `open-${to}`);
});

document.addEventListener("dragend", () => {
  mark(null, "");
  dragged?.classList.remove("is-dragged");
  dragged = null;
});

function isBelow(row, event) {
  const { top, height } = row.getBoundingClientRect();
  return event.clientY > top + height / 2;
}

function mark(row, name) {
  for (const other of document.querySelectorAll(".drop-above, .drop-below"))
    other.classList.remove("drop-above", "drop-below");
  if (row) row.classList.add(name);
}
