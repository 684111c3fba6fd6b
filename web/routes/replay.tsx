import { Hono } from "hono";
import { html } from "hono/html";
import type { WebEnv } from "../env.ts";
import { ReplayPage } from "../pages/replay.tsx";
import { loadReplay } from "../replay-view.ts";
import { idOf, type Site, signedIn, themeOf } from "../site.tsx";

/**
 * The policy of the player, which the frame that it builds the recorded pages in inherits: only our own scripts, pictures and
 * fonts that are part of the recording, and no connection but ours for the recording itself. Recorded pages have styles of their
 * own in their elements.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src data:",
  "font-src data:",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
].join("; ");

/** `/executions/:id/replay?attempt=N&at=MS`: `at` in epoch milliseconds, or in milliseconds from the start of the recording. */
export function replayRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  app.get(
    "/executions/:id/replay",
    signedIn(async (c, ctx) => {
      const view = await loadReplay(ctx, idOf(c, "execution"), numberOf(c.req.query("attempt")));
      const at = numberOf(c.req.query("at"));
      c.header("Content-Security-Policy", policy);
      c.header("Cache-Control", "private, no-store");
      const page = <ReplayPage view={view} at={at} asset={site.asset} theme={themeOf(c)} />;
      return c.html(html`<!doctype html>${page}`);
    }),
  );
  return app;
}

function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
