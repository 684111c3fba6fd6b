// Parts of pages without a topic of their own (the queues, the workers) are fetched again while somebody looks.
// A pause while it is hidden, while something is selected, or while a menu is open.

const isBusy = () =>
  document.hidden ||
  !getSelection()?.isCollapsed ||
  document.querySelector("dialog[open], details[data-menu][open]") !== null;

// A part in which somebody writes stays as it is.
const isWrittenIn = (region) =>
  document.activeElement?.matches("input, select, textarea") && region.contains(document.activeElement);

// Each part has its own pace; one that has none follows nothing (any more).
function tick() {
  const regions = [...document.querySelectorAll("[data-refresh]")];
  const now = performance.now();
  for (const region of isBusy() ? [] : regions) {
    if (region.classList.contains("htmx-request") || isWrittenIn(region)) continue;
    if (now - (fetchedAt.get(region.id) ?? 0) < Number(region.dataset.refresh) - pollMs / 2) continue;
    fetchedAt.set(region.id, now);
    window.htmx.trigger(region, "refresh");
  }
}

const pollMs = 500;
const fetchedAt = new Map(
  [...document.querySelectorAll("[data-refresh]")].map(({ id }) => [id, performance.now()]),
);
setInterval(tick, pollMs);
