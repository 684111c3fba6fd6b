import { html } from "hono/html";
import { money } from "../catalog.ts";
import type { DemoSession } from "../sessions.ts";
import type { Html } from "./layout.ts";

/** The one account of the shop. The password also stands in the demo project as a secret. */
export const demoAccount = { email: "ann@example.org", name: "Ann", password: "correct-horse" } as const;

export function loginPage(fault: string | null): Html {
  return html`
    <h1>Sign in</h1>
    ${fault ? html`<p role="alert" class="fault">${fault}</p>` : ""}
    <form method="post" action="/login" class="stack">
      <label>E-mail <input name="email" type="email" autocomplete="username" required></label>
      <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
      <button class="button">Sign in</button>
    </form>`;
}

export function accountPage(session: DemoSession): Html {
  return html`
    <h1>Hello, ${session.user}</h1>
    <h2>Orders</h2>
    ${
      session.orders.length === 0
        ? html`<p>No orders yet.</p>`
        : html`<ul>${session.orders.map((order) => html`<li>${order.number}, ${money(order.total)}</li>`)}</ul>`
    }
    <form method="post" action="/logout"><button>Sign out</button></form>`;
}

/** A page with a real mistake: its notice never goes away and covers the button. */
export function exportPage(): Html {
  return html`
    <h1>Export</h1>
    <p>Everything that we know about you, as one file.</p>
    <button id="export">Export my data</button>
    <p id="done" role="status"></p>
    <div class="cover" role="dialog" aria-label="Cookies">We use cookies. This notice has lost its button.</div>`;
}

/** Another one: the voucher takes one per cent off instead of ten. */
export function voucherPage(code: string): Html {
  const price = 10_000;
  const discount = code === "SAVE10" ? price / 100 : 0;
  return html`
    <h1>Voucher</h1>
    <form class="row"><label>Code <input name="code" value="${code}"></label><button class="button">Apply</button></form>
    <p>Price ${money(price)}</p>
    <p>Discount <span data-testid="discount">${money(discount)}</span></p>
    <p>To pay <strong data-testid="to-pay">${money(price - discount)}</strong></p>`;
}
