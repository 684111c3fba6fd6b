import { stepStatuses } from "../db/domain/events.ts";
import type { StepState } from "../db/domain/step-tree.ts";
import type { StepGroup } from "../db/domain/steps/definition.ts";

/** What the address of the page of an execution says: the page is nothing but this and the stored facts. */
export type ViewQuery = {
  attempt: number | null;
  /** The selected step as it is shown: `4`, `4.then.1`. */
  step: string | null;
  /** The stretch of time that is looked at, in milliseconds from the start of the attempt. */
  window: TimeWindow | null;
  /** Of the steps: a text in them, and how they ended. */
  text: string;
  state: StepState | null;
  /** Only steps of this kind. */
  kind: StepGroup | null;
  picture: PictureTab | null;
};

export type TimeWindow = { from: number; to: number };

export const pictureTabs = ["before", "action", "after", "aria", "replay", "video"] as const;
export type PictureTab = (typeof pictureTabs)[number];

export const stepStates = [...stepStatuses, "running", "pending"] as const satisfies readonly StepState[];

export const stepKinds = [
  "navigation",
  "action",
  "assertion",
  "flow",
  "data",
  "network",
  "environment",
] as const satisfies readonly StepGroup[];

/** The names of the parameters that forms carry along besides their own. */
export const carried = ["attempt", "step", "tab", "from", "to", "q", "show", "kind", "view"] as const;

export function readViewQuery(of: (name: string) => string | undefined): ViewQuery {
  const from = wholeNumber(of("from"));
  const to = wholeNumber(of("to"));
  return {
    attempt: wholeNumber(of("attempt")),
    step: of("step") ?? null,
    window: from !== null && to !== null && from < to ? { from, to } : null,
    text: (of("q") ?? "").trim().slice(0, 200),
    state: oneOf(stepStates, of("show")),
    kind: oneOf(stepKinds, of("kind")),
    picture: oneOf(pictureTabs, of("view")),
  };
}

/** A whole number from 0 on; null for anything else. */
export function wholeNumber(text: string | undefined): number | null {
  return /^\d{1,9}$/.test(text ?? "") ? Number(text) : null;
}

function oneOf<T extends string>(list: readonly T[], text: string | undefined): T | null {
  return list.find((item) => item === text) ?? null;
}

/** The parameters that a form has to carry along, without those that it sets itself. */
export function carriedFields(path: string, own: readonly string[]): [string, string][] {
  const given = new URL(path, "http://verdict.invalid").searchParams;
  return carried.flatMap((name): [string, string][] => {
    const value = own.includes(name) ? null : given.get(name);
    return value === null ? [] : [[name, value]];
  });
}
