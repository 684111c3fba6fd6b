// Pointing at an element of a paused page, and finding what a locator means in it. The picture is drawn by `live-view.js`,
// which is told of boxes to draw by an event.

let picking = null;
/** The field of a locator that was used last: where a picked one goes. */
let lastField = null;

document.addEventListener("focusin", ({ target }) => {
  if (target instanceof HTMLInputElement && target.name.startsWith("f.") && target.matches(".mono"))
    lastField = target;
});

function setPicking(pane) {
  picking?.querySelector("[data-view-pick]").setAttribute("aria-pressed", "false");
  picking = pane;
  pane?.querySelector("[data-view-pick]").setAttribute("aria-pressed", "true");
}

async function ask(pane, verb, body) {
  const response = await fetch(`/api/v1/executions/${pane.dataset.viewPane}/${verb}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (response?.ok && answer) return answer;
  found(pane, [line(answer?.detail ?? "The page did not answer; try again.")]);
  return null;
}

function found(pane, nodes) {
  pane.querySelector("[data-view-found]").replaceChildren(...nodes);
}

function line(text) {
  const element = document.createElement("p");
  element.className = "small";
  element.textContent = text;
  return element;
}

function counted(matches) {
  return matches === 1 ? "1 match" : `${matches} matches`;
}

function show(pane, boxes) {
  const detail = { executionId: pane.dataset.viewPane, boxes };
  document.dispatchEvent(new CustomEvent("verdict:boxes", { detail }));
}

async function highlight(pane, locator) {
  const answer = await ask(pane, "highlight", { locator });
  if (!answer) return null;
  show(pane, answer.boxes);
  return answer;
}

function proposal(pane, { locator, matches }) {
  const item = document.createElement("li");
  const code = document.createElement("code");
  code.textContent = locator;
  const count = document.createElement("span");
  count.className = "dim small";
  count.textContent = counted(matches);
  const use = document.createElement("button");
  use.type = "button";
  use.className = "btn btn-small";
  use.textContent = lastField?.isConnected ? "Use" : "Copy";
  use.addEventListener("click", () => void take(pane, locator));
  item.append(code, count, use);
  return item;
}

async function take(pane, locator) {
  if (lastField?.isConnected) {
    lastField.value = locator;
    lastField.dispatchEvent(new Event("input", { bubbles: true }));
    lastField.focus();
  } else await navigator.clipboard?.writeText(locator).catch(() => undefined);
  await highlight(pane, locator);
}

async function pickAt(pane, canvas, event) {
  const box = canvas.getBoundingClientRect();
  const detail = { executionId: pane.dataset.viewPane, size: null };
  document.dispatchEvent(new CustomEvent("verdict:view-size", { detail }));
  if (!detail.size) return;
  const point = {
    x: Math.round(((event.clientX - box.left) / box.width) * detail.size.width),
    y: Math.round(((event.clientY - box.top) / box.height) * detail.size.height),
  };
  const answer = await ask(pane, "pick", point);
  if (!answer) return;
  show(pane, answer.box ? [answer.box] : []);
  const list = document.createElement("ol");
  list.append(...answer.locators.map((one) => proposal(pane, one)));
  found(pane, [line(answer.element), list]);
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const pane = event.target.closest("[data-view-pane]");
  if (!pane) return;
  if (event.target.closest("[data-view-pick]")) return setPicking(picking ? null : pane);
  const canvas = event.target.closest("[data-view-canvas]");
  if (!canvas || picking !== pane || pane.dataset.viewHolder === "me") return;
  setPicking(null);
  void pickAt(pane, canvas, event);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && picking) setPicking(null);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-view-find]")) return;
  event.preventDefault();
  const pane = form.closest("[data-view-pane]");
  void highlight(pane, form.elements.locator.value).then((answer) => {
    if (answer) found(pane, [line(counted(answer.matches))]);
  });
});
