const outcome = document.querySelector("#outcome");
const on = (id, act) => document.querySelector(id).addEventListener("click", act);

on("#delete", () => {
  outcome.textContent = confirm("Really delete everything?")
    ? "Everything is deleted"
    : "Nothing was deleted";
});
on("#rename", () => {
  const name = prompt("A new name", "Kettle");
  outcome.textContent = name === null ? "Not renamed" : `Renamed to ${name}`;
});
on("#warn", () => {
  alert("This is a warning");
  outcome.textContent = "The warning was read";
});
