import type { Step } from "../../../db/domain/steps/index.ts";
import { products } from "../../demo/catalog.ts";

/** How both sides find an element. */
type Find = { role: string; name: string } | { label: string } | { testId: string } | { css: string };

/** What a case does, told once; each side has its own way of saying it. */
export type Act =
  | { do: "open"; path: string }
  | { do: "click" | "check" | "visible"; at: Find }
  | { do: "fill" | "select" | "text" | "value"; at: Find; value: string }
  | { do: "count"; at: Find; count: number }
  | { do: "path"; path: string }
  | { do: "title"; title: string };

export type BenchCase = { name: string; acts: Act[] };

const role = (name: string, accessible: string): Find => ({ role: name, name: accessible });
const label = (text: string): Find => ({ label: text });
const css = (selector: string): Find => ({ css: selector });
const testId = (id: string): Find => ({ testId: id });

const inStock = products.filter((product) => product.inStock);
const productOf = (number: number) => inStock[number % inStock.length] as (typeof inStock)[number];
const euros = (cents: number) => `${(cents / 100).toFixed(2)} €`;

const kinds: readonly ((number: number) => BenchCase)[] = [
  home,
  filter,
  product,
  cart,
  missing,
  order,
  signIn,
  refused,
];

/** So many cases of 6 to 12 steps on the demo's shop: lists, forms, a cart, an order, signing in. */
export function casesOf(count: number): BenchCase[] {
  return Array.from({ length: count }, (_, index) => {
    const kind = kinds[index % kinds.length] ?? home;
    const number = Math.floor(index / kinds.length);
    const { name, acts } = kind(number);
    return { name: `${index + 1} ${name}`, acts };
  });
}

function home(): BenchCase {
  return {
    name: "the home page leads to the products",
    acts: [
      { do: "open", path: "/" },
      { do: "title", title: "Home - Corner Shop" },
      { do: "count", at: css(".grid > .card"), count: 3 },
      { do: "click", at: role("link", "See all products") },
      { do: "path", path: "/products" },
      { do: "count", at: css("#results > li"), count: products.length },
    ],
  };
}

function filter(): BenchCase {
  return {
    name: "products are filtered",
    acts: [
      { do: "open", path: "/products" },
      { do: "count", at: css("#results > li"), count: products.length },
      { do: "fill", at: label("Filter"), value: "blade" },
      { do: "count", at: css("#results > li"), count: 2 },
      { do: "select", at: label("Category"), value: "Garden" },
      { do: "count", at: css("#results > li"), count: 1 },
      { do: "text", at: css("#results > li"), value: "Trowel" },
      { do: "fill", at: label("Filter"), value: "" },
      { do: "count", at: css("#results > li"), count: 2 },
    ],
  };
}

function product(number: number): BenchCase {
  const { id, name, price, colours } = productOf(number);
  return {
    name: "a product is shown",
    acts: [
      { do: "open", path: "/products" },
      { do: "open", path: `/products/${id}` },
      { do: "text", at: css("h1"), value: name },
      { do: "text", at: testId("price"), value: euros(price) },
      { do: "count", at: css("input[type=radio]"), count: colours.length },
      { do: "visible", at: role("button", "Add to cart") },
    ],
  };
}

function cart(number: number): BenchCase {
  const { id, price } = productOf(number);
  return {
    name: "the cart counts and totals",
    acts: [
      { do: "open", path: `/products/${id}` },
      { do: "fill", at: label("Quantity"), value: "2" },
      { do: "click", at: role("button", "Add to cart") },
      { do: "text", at: css("#notice"), value: "Added to your cart" },
      { do: "text", at: testId("cart-count"), value: "2" },
      { do: "open", path: "/cart" },
      { do: "text", at: testId("total"), value: euros(price * 2) },
      { do: "click", at: role("button", "Remove") },
      { do: "text", at: testId("cart-count"), value: "0" },
    ],
  };
}

function missing(): BenchCase {
  return {
    name: "the checkout says what is missing",
    acts: [
      { do: "open", path: "/checkout" },
      { do: "click", at: role("button", "Place order") },
      { do: "text", at: role("alert", ""), value: "5 fields need your attention" },
      { do: "fill", at: label("Full name"), value: "Ann Example" },
      { do: "fill", at: label("E-mail"), value: "no address" },
      { do: "click", at: role("button", "Place order") },
      { do: "text", at: role("alert", ""), value: "4 fields need your attention" },
      { do: "value", at: label("Full name"), value: "Ann Example" },
    ],
  };
}

function order(number: number): BenchCase {
  const { id } = productOf(number);
  return {
    name: "an order is placed",
    acts: [
      { do: "open", path: `/products/${id}` },
      { do: "click", at: role("button", "Add to cart") },
      { do: "text", at: testId("cart-count"), value: "1" },
      { do: "open", path: "/checkout" },
      { do: "fill", at: label("Full name"), value: "Ann Example" },
      { do: "fill", at: label("E-mail"), value: "ann@example.org" },
      { do: "fill", at: label("Postcode"), value: "1010" },
      { do: "select", at: label("Country"), value: "Austria" },
      { do: "check", at: label("I accept the terms") },
      { do: "click", at: role("button", "Place order") },
      { do: "text", at: css("h1"), value: "Thank you, Ann Example" },
      { do: "text", at: testId("cart-count"), value: "0" },
    ],
  };
}

function signIn(): BenchCase {
  return {
    name: "signing in is asked for",
    acts: [
      { do: "open", path: "/account" },
      { do: "path", path: "/login" },
      { do: "visible", at: label("E-mail") },
      { do: "fill", at: label("E-mail"), value: "ann@example.org" },
      { do: "value", at: label("E-mail"), value: "ann@example.org" },
      { do: "visible", at: role("button", "Sign in") },
    ],
  };
}

function refused(): BenchCase {
  return {
    name: "a wrong password is refused",
    acts: [
      { do: "open", path: "/login" },
      { do: "fill", at: label("E-mail"), value: "ann@example.org" },
      { do: "fill", at: label("Password"), value: "wrong" },
      { do: "click", at: role("button", "Sign in") },
      { do: "text", at: role("alert", ""), value: "E-mail or password is wrong" },
      { do: "path", path: "/login" },
    ],
  };
}

/** The case in our language. */
export function stepsOf({ acts }: BenchCase): Step[] {
  return acts.map(stepOf);
}

function stepOf(act: Act): Step {
  switch (act.do) {
    case "open":
      return { type: "goto", url: act.path };
    case "click":
    case "check":
      return { type: act.do, target: locatorOf(act.at) };
    case "visible":
      return { type: "expectVisible", target: locatorOf(act.at) };
    case "fill":
    case "select":
      return { type: act.do, target: locatorOf(act.at), value: act.value };
    case "text":
      return { type: "expectText", target: locatorOf(act.at), text: act.value };
    case "value":
      return { type: "expectValue", target: locatorOf(act.at), value: act.value };
    case "count":
      return { type: "expectCount", target: locatorOf(act.at), count: act.count };
    case "path":
      return { type: "expectUrl", url: act.path };
    case "title":
      return { type: "expectTitle", title: act.title };
  }
}

function locatorOf(find: Find): string {
  if ("role" in find)
    return find.name === "" ? `role=${find.role}` : `role=${find.role}[name="${find.name}"]`;
  if ("label" in find) return `label=${find.label}`;
  return "testId" in find ? `testid=${find.testId}` : `css=${find.css}`;
}
