import { randomUUID } from "node:crypto";
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";

export type CartLine = { productId: string; colour: string; quantity: number };
export type Order = { number: string; name: string; total: number };
export type DemoSession = { cart: CartLine[]; user: string | null; orders: Order[] };

const cookieName = "demo-shop";
const sessionsMax = 2_000;

/** What visitors have in their carts; the oldest are forgotten. */
export class DemoSessions {
  readonly #sessions = new Map<string, DemoSession>();

  of(context: Context): DemoSession {
    const known = getCookie(context, cookieName);
    const session = known === undefined ? undefined : this.#sessions.get(known);
    if (session) return session;
    const id = randomUUID();
    const fresh: DemoSession = { cart: [], user: null, orders: [] };
    this.#sessions.set(id, fresh);
    if (this.#sessions.size > sessionsMax) {
      const [oldest] = this.#sessions.keys();
      if (oldest !== undefined) this.#sessions.delete(oldest);
    }
    setCookie(context, cookieName, id, { httpOnly: true, sameSite: "Lax", path: "/" });
    return fresh;
  }
}

/** How often each token has been seen. */
export class ViewCounts {
  readonly #views = new Map<string, number>();

  next(token: string): number {
    const views = (this.#views.get(token) ?? 0) + 1;
    if (!this.#views.has(token) && this.#views.size >= sessionsMax) this.#views.clear();
    this.#views.set(token, views);
    return views;
  }
}
