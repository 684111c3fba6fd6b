// Two pictures, one over the other: the range below them says where the one ends; it works by keyboard, by
// mouse on the range, and by moving over the pictures. The place is set on the element by script, which the policy allows.

for (const slider of document.querySelectorAll("[data-slider]")) {
  const range = slider.querySelector("input[type=range]");
  const over = slider.querySelector(".slider-over");
  const show = () => over.style.setProperty("--at", `${range.value}%`);
  slider.hidden = false;
  show();
  range.addEventListener("input", show);
  slider.addEventListener("pointermove", (event) => {
    if (event.target === range) return;
    const { left, width } = over.getBoundingClientRect();
    range.value = String(Math.round(((event.clientX - left) / width) * 100));
    show();
  });
}
