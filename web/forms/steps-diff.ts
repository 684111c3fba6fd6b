import { isDeepStrictEqual } from "node:util";
import type { Step } from "../../db/domain/steps/index.ts";

export type FieldChange = { name: string; before: unknown; after: unknown };

/** One line of a comparison: places are counted from 0, null where the step is not there. */
export type DiffRow =
  | { kind: "same"; before: number; after: number; step: Step }
  | { kind: "changed"; before: number; after: number; step: Step; was: Step; fields: FieldChange[] }
  | { kind: "added"; before: null; after: number; step: Step }
  | { kind: "removed"; before: number; after: null; step: Step };

/**
 * Compares two lists of steps by aligning what is the same; between two such places, steps of one type are taken as changed
 * and the rest as added or removed.
 */
export function diffSteps(before: readonly Step[], after: readonly Step[]): DiffRow[] {
  const rows: DiffRow[] = [];
  let i = 0;
  let j = 0;
  for (const [sameBefore, sameAfter] of [
    ...commonSteps(before, after),
    [before.length, after.length] as const,
  ]) {
    rows.push(...gap(before, after, [i, sameBefore], [j, sameAfter]));
    const step = after[sameAfter];
    if (step && sameBefore < before.length)
      rows.push({ kind: "same", before: sameBefore, after: sameAfter, step });
    i = sameBefore + 1;
    j = sameAfter + 1;
  }
  return rows;
}

/** The longest common subsequence, as pairs of places. */
function commonSteps(before: readonly Step[], after: readonly Step[]): [number, number][] {
  const left = before.map(keyOf);
  const right = after.map(keyOf);
  const width = right.length + 1;
  const lengths = new Uint16Array((left.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        left[i] === right[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    if (left[i] === right[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}

/** The order of the fields says nothing. */
function keyOf(step: Step): string {
  return JSON.stringify(Object.entries(step).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function gap(
  before: readonly Step[],
  after: readonly Step[],
  [fromBefore, toBefore]: readonly [number, number],
  [fromAfter, toAfter]: readonly [number, number],
): DiffRow[] {
  const rows: DiffRow[] = [];
  let j = fromAfter;
  for (let i = fromBefore; i < toBefore; i++) {
    const was = before[i];
    if (!was) continue;
    const match = findType(after, was.type, j, toAfter);
    if (match === null) {
      rows.push({ kind: "removed", before: i, after: null, step: was });
      continue;
    }
    rows.push(...addedRows(after, j, match));
    const step = after[match] ?? was;
    rows.push({ kind: "changed", before: i, after: match, step, was, fields: changedFields(was, step) });
    j = match + 1;
  }
  return [...rows, ...addedRows(after, j, toAfter)];
}

function findType(steps: readonly Step[], type: string, from: number, to: number): number | null {
  for (let at = from; at < to; at++) if (steps[at]?.type === type) return at;
  return null;
}

function addedRows(steps: readonly Step[], from: number, to: number): DiffRow[] {
  return steps
    .slice(from, to)
    .map((step, index) => ({ kind: "added", before: null, after: from + index, step }));
}

/** The fields in which two values differ, those of the second first. */
export function changedFields(before: object, after: object): FieldChange[] {
  const was = before as Record<string, unknown>;
  const is = after as Record<string, unknown>;
  return [...new Set([...Object.keys(is), ...Object.keys(was)])]
    .filter((name) => !isDeepStrictEqual(was[name], is[name]))
    .map((name) => ({ name, before: was[name], after: is[name] }));
}
