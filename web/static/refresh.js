// Pages without a topic of their own (the queue, the workers) are fetched again every few seconds while somebody looks.
// One timer for the page, a pause while it is hidden, while something is selected, or while a menu is open.

const isBusy = () =>
  document.hidden ||
  !getSelection()?.isCollapsed ||
  document.querySelector("dialog[open], details[data-menu][open]") !== null;

function tick() {
  const region = document.querySelector("[data-refresh]");
  if (!region) return;
  if (!isBusy() && !region.classList.contains("htmx-request")) window.htmx.trigger(region, "refresh");
  setTimeout(tick, Number(region.dataset.refresh));
}

setTimeout(tick, Number(document.querySelector("[data-refresh]")?.dataset.refresh ?? 3000));
