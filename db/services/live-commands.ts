import { setTimeout as delay } from "node:timers/promises";
import { and, eq } from "drizzle-orm";
import { AppError } from "../domain/errors.ts";
import {
  type HighlightResult,
  type LiveAnswer,
  type PickResult,
  type TryResult,
  viewLimits,
} from "../domain/live-view.ts";
import type { Step } from "../domain/steps/index.ts";
import { liveCommands } from "../schema/live.ts";
import { type Ctx, recordAudit, transaction } from "./context.ts";
import { addCommand, requirePaused, workerIdOf } from "./live-control.ts";
import { readInside, wakeView } from "./live-view.ts";
import { loadExecution } from "./run-rows.ts";

/** What is asked of a paused page while a test is being written: the page answers. */

const pollMs = 60;

/**
 * Carries steps out on the page as it is. The execution's own steps and its log know nothing of it; the page stays as they
 * left it.
 * @throws AppError `conflict` while it is not paused, `unavailable` when there is no answer in time
 */
export async function trySteps(ctx: Ctx, id: string, steps: readonly Step[]): Promise<TryResult> {
  return (await ask(ctx, id, { kind: "try", body: { steps: [...steps] } })) as TryResult;
}

/** The element at a point of the page's view, with locators that mean it, the best first. @throws as `trySteps` */
export async function pickElement(
  ctx: Ctx,
  id: string,
  point: { x: number; y: number },
): Promise<PickResult> {
  return (await ask(ctx, id, { kind: "pick", body: point })) as PickResult;
}

/** How many elements a locator matches now, and where they are. @throws as `trySteps` */
export async function highlightElements(ctx: Ctx, id: string, locator: string): Promise<HighlightResult> {
  return (await ask(ctx, id, { kind: "highlight", body: { locator } })) as HighlightResult;
}

type Command = Pick<typeof liveCommands.$inferInsert, "kind" | "body">;

async function ask(ctx: Ctx, id: string, command: Command) {
  const asked = await transaction(ctx, async (ctx) => {
    const row = await loadExecution(ctx, id, "run.control");
    requirePaused((await readInside(ctx, row.id, Number.MAX_SAFE_INTEGER)).view);
    const commandId = await addCommand(ctx, row, command);
    // What only looks changes nothing.
    if (command.kind === "try") {
      const { organizationId } = row;
      const change = { action: "execution.try", entity: "execution", entityId: row.id, organizationId };
      await recordAudit(ctx, change);
    }
    return { commandId, executionId: row.id, worker: await workerIdOf(ctx, row.id) };
  });
  if (asked.worker !== null) await wakeView(ctx.db, asked.worker, asked.executionId);
  const answer = await answerTo(ctx, asked.executionId, asked.commandId);
  if (answer.ok) return answer.result;
  throw new AppError(answer.code === "not-paused" ? "conflict" : "invalid-input", answer.message);
}

async function answerTo(ctx: Ctx, executionId: string, commandId: string): Promise<LiveAnswer> {
  const end = performance.now() + viewLimits.answerMs;
  const where = and(eq(liveCommands.id, commandId), eq(liveCommands.executionId, executionId));
  while (performance.now() < end) {
    const [row] = await transaction(ctx, (ctx) =>
      ctx.tx.select({ answer: liveCommands.answer }).from(liveCommands).where(where),
    );
    if (!row) throw new AppError("conflict", "the execution went on or has ended meanwhile");
    if (row.answer) return row.answer;
    await delay(pollMs);
  }
  throw new AppError("unavailable", "the page has not answered yet; try again in a moment", {
    retryAfterSeconds: 5,
  });
}
