import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { DemoSession } from "../sessions.ts";

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

type PageOptions = { title: string; session: DemoSession; body: Html; script?: string };

/** A whole page of the shop. */
export function page({ title, session, body, script }: PageOptions): Html {
  const items = session.cart.reduce((sum, line) => sum + line.quantity, 0);
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} - Corner Shop</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/assets/shop.css">
    ${script ? html`<script type="module" src="/assets/${script}"></script>` : ""}
  </head>
  <body>
    <header class="top">
      <a class="brand" href="/">Corner Shop</a>
      <nav aria-label="Main">
        <a href="/products">Products</a>
        <a href="/search">Search</a>
        <a href="/help">Help</a>
        <a href="/workshop">Workshop</a>
      </nav>
      <div class="tools">
        ${session.user ? html`<a href="/account">${session.user}</a>` : html`<a href="/login">Sign in</a>`}
        <a href="/cart" class="cart" aria-label="Cart, ${items} items">Cart <span data-testid="cart-count">${items}</span></a>
      </div>
    </header>
    <main>${body}</main>
    <footer>Corner Shop is a demo: nothing is sold, nothing is sent.</footer>
  </body>
</html>`;
}
