import type { EventType, LogItem } from "../db/domain/events.ts";
import { limits } from "../db/domain/limits.ts";
import type { Artifact, Attempt, Environment, Execution, Run } from "../db/domain/resources.ts";
import type { Snapshot } from "../db/domain/snapshot-resources.ts";
import { isFinal, type TestCaseStatus } from "../db/domain/states.ts";
import { eachNode, isFailure, pathOfShown, type StepNode, stepTree } from "../db/domain/step-tree.ts";
import type { Ctx } from "../db/services/context.ts";
import { listEnvironments } from "../db/services/environments.ts";
import {
  beforeOnWorker,
  listEvents,
  type Neighbour,
  type Surroundings,
  surroundings,
} from "../db/services/evidence.ts";
import { getExecution, listArtifacts, listAttempts } from "../db/services/executions.ts";
import { whyExecutionWaits } from "../db/services/jobs.ts";
import { getRun } from "../db/services/runs.ts";
import { snapshotsOfExecution } from "../db/services/snapshots.ts";
import { getTestCase } from "../db/services/test-cases.ts";
import { type Clues, findClues, type Mark, timelineMarks } from "../db/services/timeline.ts";
import { getVersion } from "../db/services/versions.ts";
import { type FilmView, filmOf } from "./execution-film.ts";
import { type Pictures, picturesOf } from "./execution-pictures.ts";
import type { ViewQuery } from "./execution-query.ts";

export type ExecutionView = {
  execution: Execution;
  run: Run;
  attempts: Attempt[];
  /** Why it has not begun; null when it waits no more. */
  waits: string | null;
  /** The attempt that is shown; 0 before the first. */
  attempt: number;
  tree: StepNode[];
  /** The same one after the other, a step before those inside of it. */
  nodes: StepNode[];
  selected: StepNode | null;
  pictures: Pictures;
  /** Every file of the attempt but the pictures of steps. */
  files: Artifact[];
  /** Pictures of it that were new or looked different, whatever became of them. */
  snapshots: Snapshot[];
  film: FilmView | null;
  /** Milliseconds: when the attempt began by its events, and how long it took or takes until now. */
  startedAt: number;
  lengthMs: number;
  marks: Mark[];
  clues: Clues;
  around: Surroundings;
  /** Of the same run, on the worker of the attempt, before it. */
  before: Neighbour[];
  /** As it is now, not as it was run. */
  caseStatus: TestCaseStatus;
  environment: Environment | null;
  /** The name of the environment of the execution that passed last, if it is another one; empty for none. */
  otherEnvironment: string | null;
};

const stepTypes: readonly EventType[] = ["attempt-started", "step-started", "step-finished", "artifact"];
/** Every step starts and ends once each time it is run. */
const stepEventsMax = limits.stepsExecutedMax * 2 + limits.artifactsPerAttemptMax + 1;
/** More than any event has: an attempt that failed without a step has everything before it. */
const seqMax = limits.eventsPerAttemptMax * limits.attemptsPerExecutionMax * 100;
const noClues: Clues = { request: null, fault: null };

/** What the page of an execution shows; without a step in the query, the one that says most is chosen. */
export async function loadExecutionView(ctx: Ctx, id: string, query: ViewQuery): Promise<ExecutionView> {
  const execution = await getExecution(ctx, id);
  const attempts = await listAttempts(ctx, id);
  const shown = attempts.find(({ number }) => number === query.attempt) ?? attempts.at(-1) ?? null;
  const attempt = shown?.number ?? 0;
  const [run, version, events, artifacts, around, environments, waits, before, testCase] = await Promise.all([
    getRun(ctx, execution.runId),
    getVersion(ctx, execution.testCaseId, execution.version),
    listEvents(ctx, id, { attempt, types: stepTypes, after: 0, limit: stepEventsMax }),
    artifactsOf(ctx, id, attempt),
    surroundings(ctx, id),
    listEnvironments(ctx, execution.projectId, { limit: limits.pageSizeMax }),
    execution.status === "queued" ? whyExecutionWaits(ctx, id) : null,
    beforeOnWorker(ctx, id, attempt),
    getTestCase(ctx, execution.testCaseId),
  ]);
  const tree = stepTree(version.steps, events.items);
  const nodes = [...eachNode(tree)];
  const startedAt = startOf(events.items, shown, execution);
  const lengthMs = lengthOf(shown, startedAt, nodes, ctx.now().getTime());
  const failedAt = seqOfFailure(events.items, shown);
  const [marks, clues] = await Promise.all([
    timelineMarks(ctx, id, attempt, { startedAt, lengthMs }),
    failedAt === null ? noClues : findClues(ctx, id, attempt, failedAt),
  ]);
  const wanted = query.step === null ? null : pathOfShown(query.step);
  const selected = nodes.find(({ path }) => path === wanted) ?? tellingStep(nodes, shown);
  const files = artifacts.filter(({ kind }) => kind !== "screenshot");
  const hasSnapshots = files.some(({ kind }) => kind === "snapshot");
  const snapshots = hasSnapshots ? await snapshotsOfExecution(ctx, execution.projectId, id, attempt) : [];
  const nameOf = (wantedId: string | null) =>
    environments.items.find((environment) => environment.id === wantedId) ?? null;
  const passedIn = around.lastPassed?.environmentId ?? null;
  return {
    execution,
    run,
    attempts,
    waits,
    attempt,
    tree,
    nodes,
    selected,
    pictures: picturesOf(nodes, selected, artifacts),
    files,
    snapshots,
    film: filmOf(files, events.items, startedAt),
    startedAt,
    lengthMs,
    marks,
    clues,
    around,
    before,
    caseStatus: testCase.status,
    environment: nameOf(execution.environmentId),
    otherEnvironment:
      !around.lastPassed || passedIn === execution.environmentId ? null : (nameOf(passedIn)?.name ?? ""),
  };
}

async function artifactsOf(ctx: Ctx, id: string, attempt: number): Promise<Artifact[]> {
  const found: Artifact[] = [];
  let cursor: string | undefined;
  do {
    const page = await listArtifacts(ctx, id, { attempt, limit: limits.pageSizeMax, cursor });
    found.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor && found.length < limits.artifactsPerAttemptMax);
  return found;
}

/** By the clock that the events go by: the worker's, which need not agree with the database's. */
function startOf(events: readonly LogItem[], shown: Attempt | null, execution: Execution): number {
  const began = events.find(({ type }) => type === "attempt-started");
  return Date.parse(began?.at ?? shown?.startedAt ?? execution.createdAt);
}

function lengthOf(shown: Attempt | null, startedAt: number, nodes: readonly StepNode[], now: number): number {
  const took = shown ? (shown.durationMs ?? now - Date.parse(shown.startedAt)) : 0;
  const last = nodes.reduce((end, node) => Math.max(end, (node.startedAt ?? 0) + (node.durationMs ?? 0)), 0);
  return Math.max(1, took, last - startedAt);
}

/** The number of the event that told of the failure of the attempt; what came after it did not cause it. */
function seqOfFailure(events: readonly LogItem[], shown: Attempt | null): number | null {
  if (!shown?.error) return null;
  const failed = events.findLast((event) => event.type === "step-finished" && event.status === "failed");
  return failed?.seq ?? seqMax;
}

/** The step that failed the attempt (the innermost), else the one under way, else the last that did something. */
function tellingStep(nodes: readonly StepNode[], shown: Attempt | null): StepNode | null {
  const { step = null, path = null } = shown?.error ?? {};
  const blamed = path ?? (step === null ? null : String(step));
  return (
    nodes.find((node) => node.path === blamed) ??
    nodes.findLast(isFailure) ??
    nodes.findLast(({ status }) => status === "running") ??
    nodes.findLast(({ status }) => status === "passed") ??
    nodes[0] ??
    null
  );
}

export function isLive(execution: Execution): boolean {
  return !isFinal(execution.status);
}
