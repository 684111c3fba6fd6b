const list = document.querySelector("#tasks");
let dragged = null;

list.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("li");
  event.dataTransfer.setData("text/plain", dragged.textContent);
  event.dataTransfer.effectAllowed = "move";
});
list.addEventListener("dragover", (event) => event.preventDefault());
list.addEventListener("drop", (event) => {
  event.preventDefault();
  const over = event.target.closest("li");
  if (!dragged || !over || over === dragged) return;
  const items = [...list.children];
  if (items.indexOf(dragged) < items.indexOf(over)) over.after(dragged);
  else over.before(dragged);
  document.querySelector("#first").textContent = list.children[0].textContent;
});
