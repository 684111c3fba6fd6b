// One picture against the approved one: blinking between both, keys for the ways to compare and for the decision. Without script the
// two stand side by side.

const blinkMs = 700;

for (const blink of document.querySelectorAll("[data-blink]")) {
  const over = blink.querySelector(".blink-over");
  const says = blink.querySelector("[data-blink-says]");
  const run = blink.querySelector("[data-blink-run]");
  let timer = 0;
  const turn = () => {
    over.hidden = !over.hidden;
    says.textContent = over.hidden ? "Approved" : "Now";
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    run.setAttribute("aria-pressed", "false");
  };
  blink.querySelector("[data-blink-turn]").addEventListener("click", () => {
    stop();
    turn();
  });
  run.addEventListener("click", () => {
    if (timer !== 0) {
      stop();
      return;
    }
    timer = setInterval(turn, blinkMs);
    run.setAttribute("aria-pressed", "true");
  });
  blink.hidden = false;
}

for (const without of document.querySelectorAll("[data-without-script]")) without.hidden = true;

const isElsewhere = (target) =>
  target instanceof Element && target.closest("input, textarea, select, dialog, [contenteditable]") !== null;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isElsewhere(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const actions = document.querySelector("[data-snapshot-actions]");
  if (event.key === "a" && actions) actions.querySelector("form[action$='/approve'] button").click();
  else if (event.key === "x" && actions) actions.querySelector("form[action$='/reject'] button").click();
  else if (event.key === "b") document.querySelector("[data-blink-turn]")?.click();
  else if (/^[1-4]$/.test(event.key)) {
    document.querySelectorAll("[data-snapshot-views] a")[Number(event.key) - 1]?.click();
  }
});
