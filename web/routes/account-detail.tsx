import { Hono } from "hono";
import { twoFactorResetSchema } from "../../db/domain/account-resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import type { Ctx } from "../../db/services/context.ts";
import { resetTwoFactor } from "../../db/services/two-factor.ts";
import { getUser } from "../../db/services/users.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { refusedBy, textOf } from "../forms/refused.ts";
import { AccountDetailPage, type AccountDetailProps } from "../pages/account-detail.tsx";
import { attempted, go, idOf, type Site, signedIn } from "../site.tsx";
import { confirmed } from "./account-security.tsx";

/** One account of the installation, for those who run it. */
export function accountDetailRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  const show = async (c: WebContext, ctx: Ctx, refused: AccountDetailProps["refused"]) => {
    const account = await getUser(ctx, idOf(c, "user"), site.deps.signOn?.issuer ?? null);
    const done = c.req.query("done") === "codes-off" ? "One-time codes are off; a mail tells of it." : null;
    const body = <AccountDetailPage account={account} done={done} refused={refused} now={ctx.now()} />;
    return site.page(c, ctx, { title: account.name }, body, refused ? 422 : 200);
  };

  app.get(
    "/users/:id",
    signedIn((c, ctx) => show(c, ctx, null)),
  );

  app.post("/users/:id/two-factor-reset", (c) => {
    const page = `/users/${idOf(c, "user")}`;
    return confirmed(page, async (c, ctx) => {
      const reason = textOf(await c.req.formData(), "reason");
      const result = await attempted(() =>
        resetTwoFactor(ctx, idOf(c, "user"), parseInput(twoFactorResetSchema, { reason })),
      );
      if (result.error) return show(c, ctx, { ...refusedBy(result.error), reason });
      return go(c, `${page}?done=codes-off`);
    })(c);
  });
  return app;
}
