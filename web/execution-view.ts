import type { EventBody, EventType, LogItem, StepStatus } from "../db/domain/events.ts";
import { limits } from "../db/domain/limits.ts";
import type { Artifact, Attempt, Environment, Execution, Run } from "../db/domain/resources.ts";
import { isFinal } from "../db/domain/states.ts";
import { definitionOf } from "../db/domain/steps/index.ts";
import type { Ctx } from "../db/services/context.ts";
import { listEnvironments } from "../db/services/environments.ts";
import {
  countEvents,
  type EventCounts,
  listEvents,
  type Surroundings,
  surroundings,
} from "../db/services/evidence.ts";
import { getExecution, listArtifacts, listAttempts } from "../db/services/executions.ts";
import { getRun } from "../db/services/runs.ts";
import { getVersion } from "../db/services/versions.ts";
import type { DraftStep } from "./forms/step-fields.ts";

type StepFinished = Extract<EventBody, { type: "step-finished" }>;

/** One step of an attempt: as it was written, and what came of it. */
export type StepView = {
  index: number;
  step: DraftStep | null;
  title: string;
  status: StepStatus | "running" | "pending";
  finished: StepFinished | null;
  picture: Artifact | null;
  /** Why the picture of this step is not there although it was taken. */
  lostPicture: string | null;
};

/** A picture of the page, the size of the page in CSS pixels, and the step that it belongs to. */
export type Picture = { artifact: Artifact; width: number; height: number; step: number };

export type ExecutionView = {
  execution: Execution;
  run: Run;
  attempts: Attempt[];
  /** The attempt that is shown; 0 before the first. */
  attempt: number;
  steps: StepView[];
  selected: StepView | null;
  picture: Picture | null;
  around: Surroundings;
  environment: Environment | null;
};

const stepTypes: readonly EventType[] = ["step-started", "step-finished"];
/** Every step starts and ends once each time it is run. */
const stepEventsMax = limits.stepsExecutedMax * 2;

/** What the page of an execution shows. `wantedStep` counts from 0; without it, the step that says most is chosen. */
export async function loadExecutionView(
  ctx: Ctx,
  id: string,
  wantedAttempt: number | null,
  wantedStep: number | null,
): Promise<ExecutionView> {
  const execution = await getExecution(ctx, id);
  const attempts = await listAttempts(ctx, id);
  const attempt =
    attempts.find(({ number }) => number === wantedAttempt)?.number ?? attempts.at(-1)?.number ?? 0;
  const [run, version, events, pictures, around, environment] = await Promise.all([
    getRun(ctx, execution.runId),
    getVersion(ctx, execution.testCaseId, execution.version),
    listEvents(ctx, id, { attempt, types: stepTypes, after: 0, limit: stepEventsMax }),
    picturesOf(ctx, id, attempt),
    surroundings(ctx, id),
    environmentOf(ctx, execution),
  ]);
  const steps = stepViews(version.steps as unknown as DraftStep[], events.items, pictures);
  const selected = steps[wantedStep ?? tellingStep(steps)] ?? null;
  const picture = selected && selected.lostPicture === null ? pictureFor(steps, selected.index) : null;
  return { execution, run, attempts, attempt, steps, selected, picture, around, environment };
}

async function environmentOf(ctx: Ctx, execution: Execution): Promise<Environment | null> {
  if (execution.environmentId === null) return null;
  const known = await listEnvironments(ctx, execution.projectId, { limit: limits.pageSizeMax });
  return known.items.find(({ id }) => id === execution.environmentId) ?? null;
}

async function picturesOf(ctx: Ctx, id: string, attempt: number): Promise<Artifact[]> {
  const found: Artifact[] = [];
  let cursor: string | undefined;
  do {
    const page = await listArtifacts(ctx, id, { kind: "screenshot", limit: limits.pageSizeMax, cursor });
    found.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor && found.length < limits.artifactsPerAttemptMax * limits.attemptsPerExecutionMax);
  return found.filter((artifact) => artifact.attempt === attempt);
}

function stepViews(
  steps: readonly DraftStep[],
  events: readonly LogItem[],
  pictures: readonly Artifact[],
): StepView[] {
  const started = new Map<number, string>();
  const finished = new Map<number, StepFinished>();
  for (const event of events) {
    // Steps inside of others carry the number of the one at the top.
    if ("depth" in event && event.depth !== undefined) continue;
    if (event.type === "step-started") started.set(event.step, event.title);
    if (event.type === "step-finished") finished.set(event.step, event);
  }
  const byId = new Map(pictures.map((artifact) => [artifact.id, artifact]));
  const byStep = new Map(pictures.map((artifact) => [artifact.step, artifact]));
  return steps.map((step, index) => {
    const end = finished.get(index) ?? null;
    const taken = (end?.screenshotId ? byId.get(end.screenshotId) : undefined) ?? byStep.get(index) ?? null;
    return {
      index,
      step,
      title: end?.title ?? started.get(index) ?? definitionOf(step.type).title,
      status: end?.status ?? (started.has(index) ? "running" : "pending"),
      finished: end,
      picture: taken?.lostReason === null ? taken : null,
      lostPicture: taken?.lostReason ?? null,
    };
  });
}

/** The failed step, else the one under way, else the last that did something. */
function tellingStep(steps: readonly StepView[]): number {
  const failed = steps.findIndex((step) => step.status === "failed" && step.step?.optional !== true);
  if (failed >= 0) return failed;
  const running = steps.findIndex((step) => step.status === "running");
  if (running >= 0) return running;
  return Math.max(
    0,
    steps.findLastIndex((step) => step.status === "passed"),
  );
}

/** The picture of the step, or the last one before it: the page has not been pictured since. */
function pictureFor(steps: readonly StepView[], index: number): Picture | null {
  const step = steps.slice(0, index + 1).findLast(({ picture }) => picture !== null);
  const artifact = step?.picture;
  if (!step || !artifact?.width || !artifact.height) return null;
  const scale = scaleAt(steps, step.index);
  return { artifact, width: artifact.width / scale, height: artifact.height / scale, step: step.index };
}

/** Device pixels per CSS pixel: boxes are told in the latter. */
function scaleAt(steps: readonly StepView[], index: number): number {
  const viewport = steps.slice(0, index + 1).findLast(({ step }) => step?.type === "setViewport");
  const scale = viewport?.step?.deviceScaleFactor;
  return typeof scale === "number" && scale > 0 ? scale : 1;
}

export type EvidenceTab = "log" | "console" | "errors" | "network";

const evidenceTypes: Record<EvidenceTab, readonly EventType[]> = {
  log: [],
  console: ["console"],
  errors: ["page-error"],
  network: ["navigation", "request-failed"],
};

export type Evidence = {
  tab: EvidenceTab;
  items: LogItem[];
  /** Numbers after this one have not been looked at. */
  after: number;
  more: boolean;
  counts: EventCounts;
  /** It has ended, and what it did is not kept any more. */
  expired: boolean;
};

const logPageMax = 500;

/** One page of one tab of the evidence. */
export async function loadEvidence(
  ctx: Ctx,
  id: string,
  { tab, attempt, after }: { tab: EvidenceTab; attempt: number | null; after: number },
): Promise<Evidence> {
  const execution = await getExecution(ctx, id);
  // Counted first: what is logged between the two is found again from `after`, and nothing is passed over.
  const counts = await countEvents(ctx, id, attempt);
  const page = await listEvents(ctx, id, { attempt, types: evidenceTypes[tab], after, limit: logPageMax });
  const last = page.items.at(-1)?.seq ?? after;
  return {
    tab,
    items: page.items,
    after: page.nextAfter ?? last,
    more: page.nextAfter !== null,
    counts,
    // An execution that has ended has said so in its log.
    expired: counts.lastSeq === 0 && !isLive(execution),
  };
}

export function evidenceTabOf(text: string | undefined): EvidenceTab {
  return text && Object.hasOwn(evidenceTypes, text) ? (text as EvidenceTab) : "log";
}

export function isLive(execution: Execution): boolean {
  return !isFinal(execution.status);
}
