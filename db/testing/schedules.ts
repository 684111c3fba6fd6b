import { sql } from "drizzle-orm";
import type { Db } from "../client.ts";
import { type Schedule, scheduleInputSchema } from "../domain/schedule-resources.ts";
import { parseInput } from "../domain/validation.ts";
import { type Ctx, setTenant } from "../services/context.ts";
import { createSchedule } from "../services/schedules.ts";

/** A schedule whose ticks are far away, unless said otherwise. */
export async function makeSchedule(
  ctx: Ctx,
  { projectId, suiteId, ...over }: { projectId: string; suiteId: string } & Record<string, unknown>,
): Promise<Schedule> {
  const input = { name: "Nightly", suiteId, cron: "30 2 1 6 *", timeZone: "Europe/Berlin", ...over };
  return createSchedule(ctx, projectId, parseInput(scheduleInputSchema, input));
}

/** As if so much time had gone by since its next tick was announced. @returns when it was due. */
export async function makeDue(
  db: Db,
  { id, organizationId }: Pick<Schedule, "id" | "organizationId">,
  ago = "1 second",
): Promise<string> {
  return db.orm.transaction(async (tx) => {
    await setTenant(tx, [organizationId], null);
    const [row] = await tx.execute<{ ms: number }>(sql`
      update schedule set next_at = date_trunc('milliseconds', now() - ${ago}::interval) where id = ${id}
      returning (extract(epoch from next_at) * 1000)::float8 as ms`);
    if (!row) throw new Error(`there is no schedule ${id}`);
    return new Date(row.ms).toISOString();
  });
}
