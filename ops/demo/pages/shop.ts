import { html } from "hono/html";
import { findProduct, money, type Product, products } from "../catalog.ts";
import type { DemoSession, Order } from "../sessions.ts";
import type { Html } from "./layout.ts";

export function home(): Html {
  return html`
    <section class="hero">
      <h1>Things that last</h1>
      <p>Eight good tools for kitchen, desk and garden.</p>
      <a class="button" href="/products">See all products</a>
    </section>
    <h2>This week</h2>
    <ul class="grid">${products.slice(0, 3).map(card)}</ul>`;
}

function card(product: Product): Html {
  return html`<li class="card">
    <h3><a href="/products/${product.id}">${product.name}</a></h3>
    <p class="muted">${product.category}</p>
    <p class="price">${money(product.price)}</p>
  </li>`;
}

export function productList(): Html {
  return html`
    <h1>Products</h1>
    <form class="row" role="search" onsubmit="return false">
      <label>Filter <input id="filter" type="search" placeholder="Name or use"></label>
      <label>Category
        <select id="category">
          <option value="">All</option>
          <option>Kitchen</option>
          <option>Office</option>
          <option>Garden</option>
        </select>
      </label>
    </form>
    <p id="summary" role="status">Loading products</p>
    <ul id="results" class="grid" aria-label="Products"></ul>`;
}

export function productPage(product: Product): Html {
  return html`
    <p><a href="/products">All products</a></p>
    <h1>${product.name}</h1>
    <p>${product.description}</p>
    <p class="price" data-testid="price">${money(product.price)}</p>
    <form id="add" class="stack" data-product="${product.id}">
      <fieldset>
        <legend>Colour</legend>
        ${product.colours.map(
          (colour, index) =>
            html`<label><input type="radio" name="colour" value="${colour}" ${index === 0 ? "checked" : ""}> ${colour}</label>`,
        )}
      </fieldset>
      <label>Quantity <input name="quantity" type="number" min="1" max="9" value="1"></label>
      <button class="button" ${product.inStock ? "" : "disabled"}>${product.inStock ? "Add to cart" : "Sold out"}</button>
    </form>
    <p id="notice" role="status"></p>`;
}

export function cartPage(session: DemoSession): Html {
  if (session.cart.length === 0) {
    return html`<h1>Cart</h1><p>Your cart is empty.</p><a class="button" href="/products">See all products</a>`;
  }
  return html`
    <h1>Cart</h1>
    <table>
      <thead><tr><th>Product</th><th>Colour</th><th>Quantity</th><th>Price</th><th></th></tr></thead>
      <tbody>
        ${session.cart.map(
          (line, index) => html`<tr>
            <td>${findProduct(line.productId)?.name ?? ""}</td>
            <td>${line.colour}</td>
            <td>${line.quantity}</td>
            <td>${money(line.quantity * (findProduct(line.productId)?.price ?? 0))}</td>
            <td><form method="post" action="/cart/remove"><input type="hidden" name="line" value="${index}"><button>Remove</button></form></td>
          </tr>`,
        )}
      </tbody>
    </table>
    <p>Total <strong data-testid="total">${money(totalOf(session))}</strong></p>
    <a class="button" href="/checkout">Check out</a>`;
}

export function totalOf(session: DemoSession): number {
  return session.cart.reduce(
    (sum, line) => sum + line.quantity * (findProduct(line.productId)?.price ?? 0),
    0,
  );
}

export function checkoutPage(values: Record<string, string>, faults: Record<string, string>): Html {
  const field = (name: string, label: string, type = "text") => html`
    <label for="${name}">${label}</label>
    <input id="${name}" name="${name}" type="${type}" value="${values[name] ?? ""}" ${faults[name] ? html`aria-invalid="true" aria-describedby="${name}-fault"` : ""}>
    ${faults[name] ? html`<p class="fault" id="${name}-fault">${faults[name]}</p>` : ""}`;
  const count = Object.keys(faults).length;
  return html`
    <h1>Check out</h1>
    ${count > 0 ? html`<p role="alert" class="fault">${count} ${count === 1 ? "field needs" : "fields need"} your attention</p>` : ""}
    <form method="post" action="/checkout" class="stack" novalidate>
      ${field("name", "Full name")}
      ${field("email", "E-mail", "email")}
      ${field("postcode", "Postcode")}
      <label for="country">Country</label>
      <select id="country" name="country">
        <option value="">Choose one</option>
        ${["Austria", "Italy", "Japan", "Portugal"].map(
          (country) => html`<option ${values.country === country ? "selected" : ""}>${country}</option>`,
        )}
      </select>
      ${faults.country ? html`<p class="fault">${faults.country}</p>` : ""}
      <label><input type="checkbox" name="terms" ${values.terms ? "checked" : ""}> I accept the terms</label>
      ${faults.terms ? html`<p class="fault">${faults.terms}</p>` : ""}
      <button class="button">Place order</button>
    </form>`;
}

/** The faults of what was sent, by field. */
export function checkoutFaults(values: Record<string, string>): Record<string, string> {
  const faults: Record<string, string> = {};
  if (!values.name?.trim()) faults.name = "Enter your name";
  if (!/^\S+@\S+\.\S+$/.test(values.email ?? ""))
    faults.email = "Enter an e-mail address such as ann@example.org";
  if (!/^[\w -]{3,10}$/.test(values.postcode ?? "")) faults.postcode = "Enter a postcode";
  if (!values.country) faults.country = "Choose a country";
  if (!values.terms) faults.terms = "Accept the terms to order";
  return faults;
}

export function orderPage(order: Order): Html {
  return html`
    <h1>Thank you, ${order.name}</h1>
    <p>Your order <strong data-testid="order-number">${order.number}</strong> over ${money(order.total)} is on its way.</p>`;
}
