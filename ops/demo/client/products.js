const filter = document.querySelector("#filter");
const category = document.querySelector("#category");
const results = document.querySelector("#results");
const summary = document.querySelector("#summary");
let latest = 0;

async function load() {
  const mine = ++latest;
  summary.textContent = "Loading products";
  const query = new URLSearchParams({ q: filter.value, category: category.value });
  const response = await fetch(`/api/products?${query}`);
  const { products } = await response.json();
  // An answer that was overtaken by a later question is not shown.
  if (mine !== latest) return;
  results.replaceChildren(...products.map(card));
  summary.textContent = products.length === 1 ? "1 product" : `${products.length} products`;
}

function card({ id, name, category: kind, price }) {
  const item = document.createElement("li");
  item.className = "card";
  const heading = document.createElement("h3");
  const link = document.createElement("a");
  link.href = `/products/${id}`;
  link.textContent = name;
  heading.append(link);
  item.append(heading, line("muted", kind), line("price", price));
  return item;
}

function line(className, text) {
  const paragraph = document.createElement("p");
  paragraph.className = className;
  paragraph.textContent = text;
  return paragraph;
}

filter.addEventListener("input", load);
category.addEventListener("change", load);
load();
