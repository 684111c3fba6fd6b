const form = document.querySelector("#add");
const notice = document.querySelector("#notice");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = new FormData(form);
  const response = await fetch("/api/cart", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      productId: form.dataset.product,
      colour: fields.get("colour"),
      quantity: Number(fields.get("quantity")),
    }),
  });
  const answer = await response.json();
  notice.textContent = response.ok ? "Added to your cart" : answer.message;
  if (response.ok) document.querySelector("[data-testid=cart-count]").textContent = answer.items;
});
