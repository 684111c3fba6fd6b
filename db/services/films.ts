import { and, eq, inArray, sql } from "drizzle-orm";
import type { EventType, LogItem } from "../domain/events.ts";
import { limits } from "../domain/limits.ts";
import type { Lease } from "../outbox/finish.ts";
import { artifacts } from "../schema/runs.ts";
import { storable } from "../storable.ts";
import type { NewArtifact } from "./attempts.ts";
import { type Ctx, transaction } from "./context.ts";
import { listEvents } from "./evidence.ts";
import { isFileNamed } from "./stored-files.ts";

/** What is to be made a film of: the pictures, and the steps that were run meanwhile. */
export type FilmToMake = {
  artifactId: string;
  organizationId: string;
  executionId: string;
  attempt: number;
  storageKey: string;
  events: LogItem[];
};

const types: readonly EventType[] = ["step-started", "step-finished"];

/** Null when the pictures are not there any more: the film has been made, or the execution was deleted. */
export async function filmToMake(ctx: Ctx, artifactId: string): Promise<FilmToMake | null> {
  return transaction(ctx, async (ctx) => {
    const [row] = await ctx.tx
      .select()
      .from(artifacts)
      .where(and(eq(artifacts.id, artifactId), eq(artifacts.kind, "frames")));
    if (!row) return null;
    const { organizationId, executionId, attempt, storageKey } = row;
    const limit = limits.stepsExecutedMax * 2;
    const { items } = await listEvents(ctx, executionId, { attempt, types, after: 0, limit });
    return { artifactId, organizationId, executionId, attempt, storageKey, events: items };
  });
}

/**
 * Records what was made of the pictures, behind the lease of the job. When there is a film, the pictures are not needed any more.
 * May be repeated: what was recorded by an earlier try is replaced.
 * @returns the places in the store that nobody names any more; null when the lease is lost
 */
export async function recordFilm(
  ctx: Ctx,
  lease: Lease,
  film: FilmToMake,
  made: readonly NewArtifact[],
): Promise<string[] | null> {
  const { organizationId, executionId, attempt } = film;
  return transaction(ctx, async (ctx) => {
    const [held] = await ctx.tx.execute(sql`select 1 from outbox
      where id = ${lease.jobId} and lease_token = ${lease.leaseToken} and state = 'running' for share`);
    if (!held) return null;
    const hasVideo = made.some(({ kind, lostReason }) => kind === "video" && !lostReason);
    const ofAttempt = and(eq(artifacts.executionId, executionId), eq(artifacts.attempt, attempt));
    await ctx.tx.delete(artifacts).where(and(ofAttempt, inArray(artifacts.kind, ["video", "captions"])));
    for (const artifact of made) {
      const row = { ...storable(artifact), executionId, organizationId, attempt, createdAt: ctx.now() };
      await ctx.tx.insert(artifacts).values(row);
    }
    if (!hasVideo) return [];
    await ctx.tx.delete(artifacts).where(eq(artifacts.id, film.artifactId));
    return (await isFileNamed(ctx, film.storageKey)) ? [] : [film.storageKey];
  });
}
