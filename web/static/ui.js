// What every page has: keys, theme, menus, times, questions before what can't be undone, messages.
// Everything is bound by data attributes and by delegation, so that swapped parts need nothing.

const one = (selector) => document.querySelector(selector);

/** Shows a line at the corner for a while; it is a live region. */
export function toast(text) {
  const place = one("#toast");
  if (!place) return;
  place.textContent = text;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => {
    place.textContent = "";
  }, 6000);
}

/** Whether keys belong to what is being written. */
function isTyping(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

// Theme -----------------------------------------------------------------------------------------------------------------

function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not everywhere yet
  document.cookie = `verdict_theme=${root.dataset.theme}; Path=/; SameSite=Lax; Max-Age=31536000`;
}

// Questions -------------------------------------------------------------------------------------------------------------

/** Asks before a form with `data-confirm` is sent; the button says what will happen. */
function ask(form, submitter) {
  const dialog = document.createElement("dialog");
  dialog.className = "help";
  const text = document.createElement("p");
  text.textContent = form.dataset.confirm;
  const row = document.createElement("div");
  row.className = "actions dialog-actions";
  const yes = button(submitter?.textContent.trim() || "Go on", "btn btn-danger");
  const no = button("Cancel", "btn");
  row.append(no, yes);
  dialog.append(text, row);
  document.body.append(dialog);
  no.addEventListener("click", () => dialog.close());
  yes.addEventListener("click", () => {
    form.dataset.confirmed = "true";
    dialog.close();
    form.requestSubmit(submitter ?? undefined);
  });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  no.focus();
}

function button(label, className) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = className;
  element.textContent = label;
  return element;
}

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form.matches("[data-theme-switch]")) {
      event.preventDefault();
      switchTheme();
    } else if (form.dataset.confirm && form.dataset.confirmed !== "true") {
      event.preventDefault();
      event.stopPropagation();
      ask(form, event.submitter);
    } else delete form.dataset.confirmed;
  },
  true,
);

// Menus -----------------------------------------------------------------------------------------------------------------

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  const target = event.target;
  if (!(target instanceof Element)) return;
  closeMenus(target.closest("details[data-menu]"));
  if (target.closest("[data-help]")) one("#help")?.showModal();
  const copy = target.closest("[data-copy], [data-copy-link], [data-copy-text], [data-copy-from]");
  if (!copy) return;
  // A link to what is copied: the click copies it, opening it in a new tab still shows it.
  if ("copyFrom" in copy.dataset) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
  }
  void copyFrom(copy);
});

document.addEventListener("change", (event) => {
  const all = event.target.dataset?.checkAll;
  if (all) {
    for (const box of document.querySelectorAll(`input[type=checkbox][form="${all}"]`))
      box.checked = event.target.checked;
    return;
  }
  if (event.target.matches("[data-submit]")) event.target.form?.requestSubmit();
});

async function copyFrom(element) {
  try {
    await navigator.clipboard.writeText(await textOf(element));
    toast("Copied");
  } catch {
    toast("The browser does not allow copying here");
  }
}

async function textOf(element) {
  const { copy, copyLink, copyText } = element.dataset;
  if (copyText !== undefined) return copyText;
  if (copyLink !== undefined) return new URL(copyLink, location.href).href;
  if (copy !== undefined) return one(copy)?.value ?? one(copy)?.textContent ?? "";
  const response = await fetch(element.href);
  if (!response.ok) throw new Error(`the answer was ${response.status}`);
  return response.text();
}

// Keys ------------------------------------------------------------------------------------------------------------------

const places = {
  o: "overview",
  t: "test-cases",
  s: "suites",
  c: "schedules",
  r: "runs",
  v: "snapshots",
  q: "jobs",
  w: "workers",
};
let goSince = 0;

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = one("details[data-menu][open]");
    closeMenus(null);
    menu?.querySelector("summary")?.focus();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || one("dialog[open]")) return;
  if (Date.now() - goSince < 1500 && places[event.key]) {
    goSince = 0;
    one(`[data-go="${places[event.key]}"]`)?.click();
    return;
  }
  if (event.key === "g") goSince = Date.now();
  else if (event.key === "t") switchTheme();
  else if (event.key === "?") one("#help")?.showModal();
  else if (event.key === "/" && one("[data-search]")) {
    event.preventDefault();
    one("[data-search]").select();
    one("[data-search]").focus();
  }
});

// Times -----------------------------------------------------------------------------------------------------------------

function ago(at) {
  const seconds = Math.round((Date.now() - at.getTime()) / 1000);
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86400);
  if (days < 30) return days === 1 ? "1 day ago" : `${days} days ago`;
  return at.toISOString().slice(0, 10);
}

function until(at) {
  const seconds = Math.round((at.getTime() - Date.now()) / 1000);
  if (seconds <= 0) return "now";
  if (seconds < 60) return `in ${seconds} s`;
  if (seconds < 3600) return `in ${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `in ${Math.floor(seconds / 3600)} h`;
  const days = Math.floor(seconds / 86400);
  return days === 1 ? "in 1 day" : `in ${days.toLocaleString("en-US")} days`;
}

function keepTimes(relative) {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (relative && ("ago" in time.dataset || "until" in time.dataset)) {
      const text = "ago" in time.dataset ? ago(at) : until(at);
      if (time.textContent !== text) time.textContent = text;
    }
    if (time.dataset.local) continue;
    time.dataset.local = "true";
    time.title = `${at.toLocaleString()} (${time.title})`;
  }
}

keepTimes(false);
setInterval(() => document.hidden || keepTimes(true), 15_000);
document.addEventListener("htmx:afterSwap", () => keepTimes(false));

// Rows of links ---------------------------------------------------------------------------------------------------------

/** Where a row of tabs is wider than the screen, the one that is chosen is seen. */
function showChosen() {
  for (const row of document.querySelectorAll(".nav, .tabs")) {
    const chosen = row.querySelector("[aria-current]");
    if (chosen && row.scrollWidth > row.clientWidth && row.scrollLeft === 0) {
      row.scrollLeft = chosen.offsetLeft - (row.clientWidth - chosen.offsetWidth) / 2;
    }
  }
}

showChosen();
document.addEventListener("htmx:afterSwap", showChosen);

// htmx ------------------------------------------------------------------------------------------------------------------

// An address says only what is chosen.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.closest?.("[data-filters]")) return;
  for (const [name, value] of [...event.detail.formData.entries()]) {
    if (value === "") event.detail.formData.delete(name);
  }
});

const faults = {
  403: "Your role does not allow this",
  404: "It is not there any more",
  413: "That is too large",
  429: "Too many requests: wait a moment",
};
document.addEventListener("htmx:responseError", (event) => {
  // A part that follows something live tries again by itself.
  if (event.target.matches?.("[data-live-topic]")) return;
  const { status } = event.detail.xhr;
  toast(faults[status] ?? `Verdict could not answer (${status}). Try again.`);
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (!event.target.matches?.("[data-live-topic]")) toast("No connection to Verdict. Nothing was changed.");
  });
}

// A part that is fetched again keeps its place: scrolled lists, opened details.
const kept = { scroll: new Map(), open: new Map(), fold: new Map() };
document.addEventListener("htmx:beforeSwap", () => {
  for (const element of document.querySelectorAll("[data-keep-scroll]")) {
    kept.scroll.set(element.id, [element.scrollTop, element.scrollLeft]);
  }
  for (const element of document.querySelectorAll("details[data-keep-open]"))
    kept.open.set(element.id, element.open);
  for (const element of document.querySelectorAll("details[data-keep-fold]"))
    kept.fold.set(element.id, element.open);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const [id, [top, left]] of kept.scroll) document.getElementById(id)?.scrollTo(left, top);
  for (const [id, open] of kept.open) {
    const element = document.getElementById(id);
    if (element && open) element.open = true;
  }
  for (const [id, open] of kept.fold) {
    const element = document.getElementById(id);
    // What holds the place where somebody is stays open; a filter decides for itself.
    if (element && "keepFold" in element.dataset)
      element.open = open || element.querySelector("[aria-current]") !== null;
  }
  kept.scroll.clear();
  kept.open.clear();
  kept.fold.clear();
});
