import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { type Context, Hono } from "hono";
import { findProduct, money, searchProducts } from "./catalog.ts";
import { accountPage, demoAccount, exportPage, loginPage, voucherPage } from "./pages/account.ts";
import { type Html, page } from "./pages/layout.ts";
import * as shop from "./pages/shop.ts";
import * as workshop from "./pages/workshop.ts";
import { DemoSessions, ViewCounts } from "./sessions.ts";

/** How long the shop takes to find products, always: slow enough for a loading state, the same in every run. */
const searchMs = 150;
const cartLinesMax = 50;
const uploadBytesMax = 5_000_000;

const assets = [
  "shop.css",
  "products.js",
  "product.js",
  "search.js",
  "rating.js",
  "dialogs.js",
  "priorities.js",
  "export.js",
] as const;

/** The shop as an application; its state lives as long as it does. */
export function demoRoutes(): Hono {
  const app = new Hono();
  const sessions = new DemoSessions();
  const show = (context: Context, title: string, body: Html, script?: string) =>
    context.html(page({ title, body, session: sessions.of(context), ...(script && { script }) }));

  for (const name of assets) {
    const content = readFileSync(new URL(`./client/${name}`, import.meta.url), "utf8");
    const type = name.endsWith(".css") ? "text/css" : "text/javascript";
    app.get(`/assets/${name}`, (c) => c.body(content, 200, { "content-type": `${type}; charset=utf-8` }));
  }
  addShop(app, sessions, show);
  addAccount(app, sessions, show);
  addWorkshop(app, show);
  app.notFound((c) => {
    c.status(404);
    return show(c, "Not found", workshop.missingPage()) as Response | Promise<Response>;
  });
  return app;
}

type Show = (context: Context, title: string, body: Html, script?: string) => Response | Promise<Response>;

function addShop(app: Hono, sessions: DemoSessions, show: Show): void {
  app.get("/", (c) => show(c, "Home", shop.home()));
  app.get("/products", (c) => show(c, "Products", shop.productList(), "products.js"));
  app.get("/products/:id", (c) => {
    const product = findProduct(c.req.param("id"));
    return product ? show(c, product.name, shop.productPage(product), "product.js") : c.notFound();
  });
  app.get("/api/products", async (c) => {
    await delay(searchMs);
    const found = searchProducts(c.req.query("q") ?? "", c.req.query("category") ?? "");
    return c.json({ products: found.map((product) => ({ ...product, price: money(product.price) })) });
  });
  app.post("/api/cart", async (c) => {
    const { cart } = sessions.of(c);
    const sent = (await c.req.json().catch(() => null)) as Record<string, unknown> | null;
    const product = findProduct(String(sent?.productId));
    const quantity = Number(sent?.quantity);
    if (!product?.inStock) return c.json({ message: "This product is sold out" }, 409);
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > 9 || cart.length >= cartLinesMax) {
      return c.json({ message: "Choose a quantity from 1 to 9" }, 422);
    }
    const colour = product.colours.find((one) => one === sent?.colour) ?? product.colours[0] ?? "";
    const line = cart.find((known) => known.productId === product.id && known.colour === colour);
    if (line) line.quantity += quantity;
    else cart.push({ productId: product.id, colour, quantity });
    return c.json({ items: cart.reduce((sum, known) => sum + known.quantity, 0) });
  });
  app.get("/cart", (c) => show(c, "Cart", shop.cartPage(sessions.of(c))));
  app.post("/cart/remove", async (c) => {
    const { line } = await c.req.parseBody();
    sessions.of(c).cart.splice(Number(line), 1);
    return c.redirect("/cart", 303);
  });
  app.get("/checkout", (c) => show(c, "Check out", shop.checkoutPage({}, {})));
  app.post("/checkout", async (c) => {
    const session = sessions.of(c);
    const values = textsOf(await c.req.parseBody());
    const faults = shop.checkoutFaults(values);
    if (Object.keys(faults).length > 0) return show(c, "Check out", shop.checkoutPage(values, faults));
    const number = `CS-${1001 + session.orders.length}`;
    session.orders.push({ number, name: values.name ?? "", total: shop.totalOf(session) });
    session.cart = [];
    return c.redirect(`/orders/${number}`, 303);
  });
  app.get("/orders/:number", (c) => {
    const order = sessions.of(c).orders.find(({ number }) => number === c.req.param("number"));
    return order ? show(c, "Order", shop.orderPage(order)) : c.notFound();
  });
}

function addAccount(app: Hono, sessions: DemoSessions, show: Show): void {
  app.get("/login", (c) => show(c, "Sign in", loginPage(null)));
  app.post("/login", async (c) => {
    const { email, password } = textsOf(await c.req.parseBody());
    if (email !== demoAccount.email || password !== demoAccount.password) {
      return show(c, "Sign in", loginPage("E-mail or password is wrong"));
    }
    sessions.of(c).user = demoAccount.name;
    return c.redirect("/account", 303);
  });
  app.post("/logout", (c) => {
    sessions.of(c).user = null;
    return c.redirect("/", 303);
  });
  app.get("/account", (c) => {
    const session = sessions.of(c);
    return session.user === null ? c.redirect("/login", 303) : show(c, "Account", accountPage(session));
  });
  app.get("/export", (c) => show(c, "Export", exportPage(), "export.js"));
  app.get("/voucher", (c) => show(c, "Voucher", voucherPage(c.req.query("code") ?? "")));
}

function addWorkshop(app: Hono, show: Show): void {
  const stock = new ViewCounts();
  app.get("/workshop", (c) => show(c, "Workshop", workshop.workshopPage()));
  app.get("/search", (c) => show(c, "Search", workshop.searchPage(), "search.js"));
  app.get("/help", (c) => show(c, "Help", workshop.helpPage()));
  app.get("/help/delivery", (c) =>
    show(c, "Delivery times", workshop.topicPage("Delivery times", "Two days in the country, five abroad.")),
  );
  app.get("/help/returns", (c) =>
    show(c, "Returns", workshop.topicPage("Returns", "Within thirty days, in any state.")),
  );
  app.get("/newsletter", (c) => show(c, "Newsletter", workshop.newsletterPage()));
  app.get("/newsletter/form", (c) => c.html(workshop.newsletterForm(c.req.query("email") ?? null)));
  app.get("/rating", (c) => show(c, "Rating", workshop.ratingPage(), "rating.js"));
  app.get("/files", (c) => show(c, "Files", workshop.filesPage([])));
  app.post("/files", async (c) => {
    if (Number(c.req.header("content-length") ?? 0) > uploadBytesMax) return c.text("That is too much", 413);
    const sent = (await c.req.parseBody({ all: true })).files ?? [];
    const files = (Array.isArray(sent) ? sent : [sent]).filter((one) => one instanceof File);
    const received = files.map(({ name, size }) => ({ name, bytes: size }));
    return show(c, "Files", workshop.filesPage(received));
  });
  app.get("/dialogs", (c) => show(c, "Dialogs", workshop.dialogsPage(), "dialogs.js"));
  app.get("/priorities", (c) => show(c, "Priorities", workshop.prioritiesPage(), "priorities.js"));
  // Unreliable, but reliably so: the first view of a token fails, the second works, and so on.
  app.get("/stock", (c) => {
    const views = stock.next((c.req.query("token") ?? "").slice(0, 100));
    return show(c, "Stock", workshop.stockPage(views % 2 === 0));
  });
}

function textsOf(body: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(body).flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])),
  );
}
