import { Hono } from "hono";
import { pageQuerySchema } from "../../db/domain/queries.ts";
import { parseInput } from "../../db/domain/validation.ts";
import { listUnsentMail, openMail, resendMail } from "../../db/services/mail.ts";
import { changeSettings, getSettings } from "../../db/services/platform-settings.ts";
import type { WebEnv } from "../env.ts";
import { Installation, MailPage } from "../pages/installation.tsx";
import { go, idOf, pathOf, type Site, signedIn } from "../site.tsx";

const doneTexts: Readonly<Record<string, string>> = {
  saved: "Saved.",
  retried: "It is being tried again.",
};

/** What holds for the whole installation, for platform administrators. */
export function installationRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get(
    "/installation",
    signedIn(async (c, ctx) => {
      const cursor = c.req.query("cursor");
      const query = parseInput(pageQuerySchema, cursor ? { cursor } : {});
      const settings = await getSettings(ctx);
      const mail = await listUnsentMail(ctx, query);
      const done = doneTexts[c.req.query("done") ?? ""] ?? null;
      const body = (
        <Installation settings={settings} mail={mail} path={pathOf(c)} now={ctx.now()} done={done} />
      );
      return site.page(c, ctx, { title: "Installation" }, body);
    }),
  );

  app.post(
    "/installation",
    signedIn(async (c, ctx) => {
      const form = await c.req.formData();
      await changeSettings(ctx, { registrationOpen: form.get("registrationOpen") === "true" });
      return go(c, "/installation?done=saved");
    }),
  );

  app.get(
    "/installation/mail/:id",
    signedIn(async (c, ctx) => {
      const mail = await openMail(ctx, idOf(c, "mail"), site.deps.publicUrl);
      return site.page(c, ctx, { title: mail.subject }, <MailPage mail={mail} now={ctx.now()} />);
    }),
  );

  app.post(
    "/installation/mail/:id/retry",
    signedIn(async (c, ctx) => {
      await resendMail(ctx, idOf(c, "mail"));
      return go(c, "/installation?done=retried");
    }),
  );

  return app;
}
