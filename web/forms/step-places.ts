import { limits } from "../../db/domain/limits.ts";
import { definitionOf } from "../../db/domain/steps/index.ts";
import type { DraftStep } from "./step-fields.ts";

/**
 * Where a step of a draft stands: its index or, inside of another step, the way to it such as `3.then.0`. A list is named by
 * the way to its step and its field: `3.then`; the list at the top has the empty name.
 */
export type Place = { list: string; index: number };

const placeForm = /^(?:(.+)\.)?(\d{1,4})$/;

export function placeOf(path: string): Place | null {
  const [, list = "", index] = placeForm.exec(path) ?? [];
  return index === undefined ? null : { list, index: Number(index) };
}

export function pathOf({ list, index }: Place): string {
  return list === "" ? String(index) : `${list}.${index}`;
}

/** The lists of steps that a step holds, in the order in which they stand; one that is not there yet is empty. */
export function innerLists(step: DraftStep): { field: string; steps: DraftStep[] }[] {
  return definitionOf(step.type).nested.map((field) => {
    const steps = step[field];
    return { field, steps: Array.isArray(steps) ? (steps as DraftStep[]) : [] };
  });
}

/** The steps of a list; null where there is none. */
export function listAt(steps: readonly DraftStep[], list: string): readonly DraftStep[] | null {
  if (list === "") return steps;
  const [, path = "", field = ""] = /^(.+)\.([a-z]+)$/.exec(list) ?? [];
  const step = stepAt(steps, path);
  return (step && innerLists(step).find((inner) => inner.field === field)?.steps) ?? null;
}

export function stepAt(steps: readonly DraftStep[], path: string): DraftStep | null {
  const place = placeOf(path);
  return (place && listAt(steps, place.list)?.[place.index]) ?? null;
}

/** The steps with one list of them changed; those around it are made anew, the rest stays as it is. */
export function withList(
  steps: readonly DraftStep[],
  list: string,
  change: (list: readonly DraftStep[]) => DraftStep[],
): DraftStep[] {
  if (list === "") return change(steps);
  const [, path = "", field = ""] = /^(.+)\.([a-z]+)$/.exec(list) ?? [];
  const place = placeOf(path);
  const step = stepAt(steps, path);
  const inner = step && innerLists(step).find((known) => known.field === field);
  if (!place || !step || !inner) return [...steps];
  const changed = change(inner.steps);
  const { [field]: _, ...rest } = step;
  // A branch that may be left out and has nothing in it is left out.
  const isLeftOut = changed.length === 0 && field === "else";
  const next = isLeftOut ? (rest as DraftStep) : { ...step, [field]: changed };
  return withList(steps, place.list, (around) => around.with(place.index, next));
}

export function withStep(steps: readonly DraftStep[], path: string, step: DraftStep): DraftStep[] {
  const place = placeOf(path);
  return place ? withList(steps, place.list, (list) => list.with(place.index, step)) : [...steps];
}

/** How deep the steps of a list stand: 1 at the top. */
export function depthOf(list: string): number {
  return list === "" ? 1 : list.split(".").length / 2 + 1;
}

/** How many levels a step takes, itself counted. */
export function heightOf(step: DraftStep): number {
  return 1 + Math.max(0, ...innerLists(step).flatMap(({ steps }) => steps.map(heightOf)));
}

export function countSteps(steps: readonly DraftStep[]): number {
  return steps.reduce(
    (sum, step) => sum + 1 + innerLists(step).reduce((inner, { steps: own }) => inner + countSteps(own), 0),
    0,
  );
}

/** Whether a step may stand in a list: neither too deep, nor, when it is a new one, one too many. */
export function fits(steps: readonly DraftStep[], step: DraftStep, list: string, isNew: boolean): boolean {
  if (depthOf(list) + heightOf(step) - 1 > limits.stepDepthMax) return false;
  return !isNew || countSteps(steps) + countSteps([step]) <= limits.stepsPerCaseMax;
}

/** A path after the step at `removed` is gone; null for that step and what is inside of it. */
export function afterRemoval(path: string, removed: Place): string | null {
  const gone = pathOf(removed);
  if (path === gone || path.startsWith(`${gone}.`)) return null;
  return shifted(path, removed.list, (index) => (index > removed.index ? index - 1 : index));
}

/** A path after a step was put in at `added`. */
export function afterInsertion(path: string, added: Place): string {
  return shifted(path, added.list, (index) => (index >= added.index ? index + 1 : index));
}

/** A path with its index in one list changed; untouched when it does not lead through that list. */
function shifted(path: string, list: string, change: (index: number) => number): string {
  const prefix = list === "" ? "" : `${list}.`;
  if (!path.startsWith(prefix)) return path;
  const [index = "", ...rest] = path.slice(prefix.length).split(".");
  return /^\d+$/.test(index) ? `${prefix}${[change(Number(index)), ...rest].join(".")}` : path;
}

/** Where a step goes when it is moved into the one before it: to the end of its last list. Null where that holds none. */
export function placeInside(steps: readonly DraftStep[], { list, index }: Place): Place | null {
  const before = index > 0 ? listAt(steps, list)?.[index - 1] : undefined;
  const inner = before && innerLists(before).at(-1);
  return inner
    ? { list: `${pathOf({ list, index: index - 1 })}.${inner.field}`, index: inner.steps.length }
    : null;
}

/** Where a step goes when it is moved out: behind the one that it is inside of. Null at the top. */
export function placeOutside({ list }: Place): Place | null {
  const outer = placeOf(list.slice(0, Math.max(0, list.lastIndexOf("."))));
  return list === "" || !outer ? null : { list: outer.list, index: outer.index + 1 };
}
