import type { EventType, LogItem, StepStatus } from "../db/domain/events.ts";
import type { Artifact, Execution } from "../db/domain/resources.ts";
import type { Ctx } from "../db/services/context.ts";
import { listEvents } from "../db/services/evidence.ts";
import { getExecution, listArtifacts, listAttempts } from "../db/services/executions.ts";

/** A step on the clock of the recording: epoch milliseconds. */
export type ReplayStep = {
  number: number;
  depth: number;
  title: string;
  status: StepStatus | "running";
  startedAt: number;
  endedAt: number | null;
};

export type ReplayView = {
  execution: Execution;
  attempt: number;
  /** Null when none was kept of the attempt. */
  recording: Artifact | null;
  steps: ReplayStep[];
  /** What the pages said and what went wrong in them, in time. */
  lines: LogItem[];
  isCut: boolean;
};

const types: readonly EventType[] = [
  ...(["step-started", "step-finished", "console", "page-error"] as const),
  ...(["request-failed", "navigation", "dialog"] as const),
];
const eventsMax = 3_000;

/** What the player shows beside the recording of an attempt; of the last one when none is wanted. */
export async function loadReplay(ctx: Ctx, id: string, wantedAttempt: number | null): Promise<ReplayView> {
  const execution = await getExecution(ctx, id);
  const attempts = await listAttempts(ctx, id);
  const attempt =
    attempts.find(({ number }) => number === wantedAttempt)?.number ?? attempts.at(-1)?.number ?? 0;
  const [events, recordings] = await Promise.all([
    listEvents(ctx, id, { attempt, types, after: 0, limit: eventsMax }),
    listArtifacts(ctx, id, { kind: "replay" }),
  ]);
  return {
    execution,
    attempt,
    recording: recordings.items.find((artifact) => artifact.attempt === attempt) ?? null,
    steps: stepsOf(events.items),
    lines: events.items.filter(({ type }) => type !== "step-started" && type !== "step-finished"),
    isCut: events.nextAfter !== null,
  };
}

function stepsOf(events: readonly LogItem[]): ReplayStep[] {
  const steps: ReplayStep[] = [];
  const open = new Map<string, ReplayStep>();
  for (const event of events) {
    if (event.type !== "step-started" && event.type !== "step-finished") continue;
    const key = event.path ?? String(event.step);
    const at = Date.parse(event.at);
    if (event.type === "step-started") {
      const { step, title, depth = 0 } = event;
      const begun = {
        number: step + 1,
        depth,
        title,
        status: "running" as const,
        startedAt: at,
        endedAt: null,
      };
      open.set(key, begun);
      steps.push(begun);
      continue;
    }
    const step = open.get(key);
    if (!step) continue;
    open.delete(key);
    step.status = event.status;
    step.endedAt = step.startedAt + event.durationMs;
  }
  return steps;
}
