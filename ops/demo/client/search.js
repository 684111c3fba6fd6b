const query = document.querySelector("#query");
const state = document.querySelector("#state");
const found = document.querySelector("#found");
let latest = 0;

query.addEventListener("input", async () => {
  const mine = ++latest;
  if (query.value.trim() === "") {
    found.replaceChildren();
    state.textContent = "Type to search";
    return;
  }
  state.textContent = "Searching";
  const response = await fetch(`/api/products?${new URLSearchParams({ q: query.value })}`);
  const { products } = await response.json();
  if (mine !== latest) return;
  found.replaceChildren(
    ...products.map(({ name, price }) => {
      const item = document.createElement("li");
      item.textContent = `${name}, ${price}`;
      return item;
    }),
  );
  state.textContent = products.length === 0 ? "Nothing found" : `${products.length} found`;
});
