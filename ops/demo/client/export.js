document.querySelector("#export").addEventListener("click", () => {
  document.querySelector("#done").textContent = "Your file is ready";
});
