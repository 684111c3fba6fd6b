import { createHash } from "node:crypto";
import { type Ctx, inTenant, type Refusal, recordAudit } from "./context.ts";

/** Of one process: what has been written down in this minute already. */
const rememberedMax = 10_000;
const minuteMs = 60_000;

/**
 * Writes down that somebody was refused what they asked for: one entry for each person, permission and place in a minute, however
 * often they try and whichever instances they ask.
 */
export class AccessRefusals {
  #minute = 0;
  readonly #written = new Set<string>();

  /** @param ctx of the person who was refused */
  async record(ctx: Ctx, refusals: readonly Refusal[]): Promise<void> {
    if (ctx.actor.kind !== "user") return;
    const { userId } = ctx.actor;
    for (const refusal of refusals) {
      const { organizationId, projectId = null, permission, reason } = refusal;
      const minute = Math.floor(ctx.now().getTime() / minuteMs);
      const id = idOf(minute, [userId, permission, organizationId, projectId]);
      if (this.#isWritten(minute, id)) continue;
      const about = { organizationId, ...subjectOf(refusal), after: { permission, reason } };
      await inTenant(ctx, organizationId, (inner) =>
        // Of the person, not of the installation's hand that writes it.
        recordAudit({ ...inner, actor: ctx.actor }, { action: "access.refused", ...about }, id),
      );
      this.#written.add(id);
    }
  }

  #isWritten(minute: number, id: string): boolean {
    if (minute !== this.#minute || this.#written.size >= rememberedMax) this.#written.clear();
    this.#minute = minute;
    return this.#written.has(id);
  }
}

function subjectOf({ organizationId, projectId = null }: Refusal): {
  entity: string;
  entityId: string | null;
} {
  if (projectId !== null) return { entity: "project", entityId: projectId };
  return organizationId === null
    ? { entity: "installation", entityId: null }
    : { entity: "organization", entityId: organizationId };
}

/** The same for what counts as one, so that the database keeps the first: a UUIDv7 of that minute, in the order of time. */
function idOf(minute: number, parts: readonly (string | null)[]): string {
  const time = (minute * minuteMs).toString(16).padStart(12, "0");
  const hash = createHash("sha256")
    .update(JSON.stringify([minute, ...parts]))
    .digest("hex");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`;
}
