import { isDeepStrictEqual } from "node:util";
import { alignRows } from "../../db/domain/alignment.ts";
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
  return alignRows(before, after, keyOf, ({ type }) => type).flatMap((row): DiffRow[] => {
    const was = row.before === null ? undefined : before[row.before];
    const step = row.after === null ? undefined : after[row.after];
    if (row.before === null) return step ? [{ kind: "added", before: null, after: row.after, step }] : [];
    if (row.after === null)
      return was ? [{ kind: "removed", before: row.before, after: null, step: was }] : [];
    if (!was || !step) return [];
    const places = { before: row.before, after: row.after, step };
    return [
      row.same
        ? { kind: "same", ...places }
        : { kind: "changed", ...places, was, fields: changedFields(was, step) },
    ];
  });
}

/** The order of the fields says nothing. */
function keyOf(step: Step): string {
  return JSON.stringify(Object.entries(step).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The fields in which two values differ, those of the second first. */
export function changedFields(before: object, after: object): FieldChange[] {
  const was = before as Record<string, unknown>;
  const is = after as Record<string, unknown>;
  return [...new Set([...Object.keys(is), ...Object.keys(was)])]
    .filter((name) => !isDeepStrictEqual(was[name], is[name]))
    .map((name) => ({ name, before: was[name], after: is[name] }));
}
