import {
  type PlatformSettings,
  platformSettingsDefault,
  platformSettingsSchema,
} from "../domain/account-resources.ts";
import { type ChangeOf, givenOf } from "../domain/validation.ts";
import { platformSettings } from "../schema/accounts.ts";
import { authorizePlatform, type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";

/** What administrators have decided about the installation. What nobody has decided is as it is by default. */
export async function getSettings(ctx: Ctx): Promise<PlatformSettings> {
  authorizePlatform(ctx, "settings.manage");
  return readSettings(ctx);
}

/** The same for the product itself, whoever asks. */
export async function readSettings(ctx: Ctx): Promise<PlatformSettings> {
  return transaction(ctx, async ({ tx }) => {
    const rows = await tx.select().from(platformSettings);
    const stored = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
    // A later version may know more settings, and had others of the same name.
    const parsed = platformSettingsSchema.safeParse({
      ...platformSettingsDefault,
      ...known(stored),
    });
    return parsed.success ? parsed.data : platformSettingsDefault;
  });
}

function known(stored: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(stored).filter(([name]) => name in platformSettingsDefault));
}

/** Changes those that are given. */
export async function changeSettings(
  ctx: Ctx,
  change: ChangeOf<PlatformSettings>,
): Promise<PlatformSettings> {
  authorizePlatform(ctx, "settings.manage");
  return transaction(ctx, async (ctx) => {
    const before = await readSettings(ctx);
    for (const [name, value] of Object.entries(givenOf(change))) await put(ctx, name, value);
    const after = await readSettings(ctx);
    const about = { entity: "settings", entityId: null, organizationId: null };
    await recordAudit(ctx, { action: "settings.update", ...about, before, after });
    return after;
  });
}

async function put(ctx: TxCtx, name: string, value: unknown): Promise<void> {
  const updatedBy = ctx.actor.kind === "user" ? ctx.actor.userId : null;
  const row = { value, updatedAt: ctx.now(), updatedBy };
  await ctx.tx
    .insert(platformSettings)
    .values({ name, ...row })
    .onConflictDoUpdate({ target: platformSettings.name, set: row });
}
