import type { EventBody, LogItem, StepStatus } from "./events.ts";
import { limits } from "./limits.ts";
import { childrenOf, definitionOf, isStepType, type Step } from "./steps/index.ts";

/**
 * The steps of one attempt as a tree: those of the version, and inside of them what was run of their branches and rounds.
 * It is made of the steps as written and of the events `step-started` and `step-finished`.
 */

export type StepFinished = Extract<EventBody, { type: "step-finished" }>;
export type StepState = StepStatus | "running" | "pending";

export type StepNode = {
  /** The way to it as events say it: `3`, `3.then.0`. */
  path: string;
  /** Its place in its own list, from 0. */
  index: number;
  depth: number;
  /** As it was written; null where only the log knows it, as inside of a group. */
  step: Step | null;
  type: string;
  title: string;
  status: StepState;
  /** Milliseconds of the epoch. */
  startedAt: number | null;
  durationMs: number | null;
  finished: StepFinished | null;
  branches: BranchNode[];
};

/** What was run inside of a step: a branch of a condition, a round of a loop, the steps of a group. */
export type BranchNode = {
  path: string;
  name: string;
  status: StepState;
  durationMs: number | null;
  steps: StepNode[];
};

type Told = { started: number | null; title: string; type: string; finished: StepFinished | null };
type Tales = { of: Map<string, Told>; branches: Map<string, Set<string>>; lengths: Map<string, number> };

const pathForm = /^\d{1,4}(\.[a-z]+(-\d{1,6})?\.\d{1,4})*$/;

export function stepTree(written: readonly Step[], events: readonly LogItem[]): StepNode[] {
  return nodesOf(written, "", 0, talesOf(events));
}

function talesOf(events: readonly LogItem[]): Tales {
  const tales: Tales = { of: new Map(), branches: new Map(), lengths: new Map() };
  for (const event of events) {
    if (event.type !== "step-started" && event.type !== "step-finished") continue;
    const path = event.path ?? String(event.step);
    if (!pathForm.test(path)) continue;
    const told = tales.of.get(path) ?? { started: null, title: "", type: event.stepType, finished: null };
    told.title = event.title;
    if (event.type === "step-started") told.started = Date.parse(event.at);
    else told.finished = event;
    tales.of.set(path, told);
    note(tales, path);
  }
  return tales;
}

/** Remembers that the branch above a path was run, and how far. */
function note({ branches, lengths }: Tales, path: string): void {
  const parts = path.split(".");
  const index = Number(parts.pop());
  const branch = parts.join(".");
  if (index < limits.stepsPerCaseMax) lengths.set(branch, Math.max(lengths.get(branch) ?? 0, index + 1));
  const name = parts.pop();
  if (name === undefined) return;
  const parent = parts.join(".");
  const names = branches.get(parent) ?? new Set();
  branches.set(parent, names.add(name));
}

function nodesOf(written: readonly Step[], branch: string, depth: number, tales: Tales): StepNode[] {
  const length = Math.max(written.length, tales.lengths.get(branch) ?? 0);
  return Array.from({ length }, (_, index) => nodeOf(written[index] ?? null, branch, index, depth, tales));
}

function nodeOf(step: Step | null, branch: string, index: number, depth: number, tales: Tales): StepNode {
  const path = branch === "" ? String(index) : `${branch}.${index}`;
  const told = tales.of.get(path);
  const finished = told?.finished ?? null;
  const type = step?.type ?? told?.type ?? "";
  const branches = [...(tales.branches.get(path) ?? [])].map((name) =>
    branchOf(`${path}.${name}`, name, writtenIn(step, name), depth + 1, tales),
  );
  return {
    path,
    index,
    depth,
    step,
    type,
    title: told?.title ?? (isStepType(type) ? definitionOf(type).title : type),
    status: finished?.status ?? (told ? "running" : "pending"),
    startedAt: told?.started ?? null,
    durationMs: finished?.durationMs ?? null,
    finished,
    branches,
  };
}

function branchOf(
  path: string,
  name: string,
  written: readonly Step[],
  depth: number,
  tales: Tales,
): BranchNode {
  const steps = nodesOf(written, path, depth, tales);
  const took = steps.map(({ durationMs }) => durationMs ?? 0).reduce((sum, ms) => sum + ms, 0);
  const status = stateOf(steps);
  return { path, name, status, durationMs: status === "running" ? null : took, steps };
}

function writtenIn(step: Step | null, name: string): readonly Step[] {
  if (step === null) return [];
  const field = name.startsWith("round-") ? "steps" : name;
  return childrenOf(step).find((child) => child.field === field)?.steps ?? [];
}

function stateOf(steps: readonly StepNode[]): StepState {
  if (steps.some((node) => isFailure(node))) return "failed";
  if (steps.some(({ status }) => status === "running")) return "running";
  return steps.every(({ status }) => status === "pending") ? "pending" : "passed";
}

/** Whether it failed and that counted: the failure of an optional step is only told. */
export function isFailure({ status, step }: StepNode): boolean {
  return status === "failed" && step?.optional !== true;
}

/** Every step in the order in which it was run, a step before those inside of it. */
export function* eachNode(nodes: readonly StepNode[]): Generator<StepNode> {
  for (const node of nodes) {
    yield node;
    for (const { steps } of node.branches) yield* eachNode(steps);
  }
}

/** The path as people read it, counted from 1: `3.then.0` is `4.then.1`. */
export function shownPath(path: string): string {
  return path.replace(
    /(^|\.)(\d+)(?=\.|$)/g,
    (_, dot: string, index: string) => `${dot}${Number(index) + 1}`,
  );
}

/** The same in words: `4 › Then › 1`. */
export function pathWords(path: string): string {
  return shownPath(path)
    .split(".")
    .map((part) => (/^\d+$/.test(part) ? part : branchTitle(part)))
    .join(" › ");
}

/** The path that a shown one stands for; null for anything else. */
export function pathOfShown(shown: string): string | null {
  if (!pathForm.test(shown) || /(^|\.)0+(\.|$)/.test(shown)) return null;
  return shown.replace(
    /(^|\.)(\d+)(?=\.|$)/g,
    (_, dot: string, index: string) => `${dot}${Number(index) - 1}`,
  );
}

/** `round-2` as people read it. */
export function branchTitle(name: string): string {
  const round = /^round-(\d+)$/.exec(name)?.[1];
  if (round) return `Round ${round}`;
  return name === "steps" ? "Group" : name === "then" ? "Then" : name === "else" ? "Else" : name;
}
