import type { FieldError } from "../../db/domain/errors.ts";
import { limits } from "../../db/domain/limits.ts";
import { isStepType } from "../../db/domain/steps/index.ts";
import { type DraftStep, draftStep, emptyStep, type FormValues, stepFromForm } from "./step-fields.ts";
import {
  afterInsertion,
  afterRemoval,
  depthOf,
  fits,
  innerLists,
  listAt,
  type Place,
  pathOf,
  placeInside,
  placeOf,
  placeOutside,
  stepAt,
  withList,
  withStep,
} from "./step-places.ts";

/**
 * A test case while it is edited. All of it stands in the form, so the server keeps nothing between two clicks and the
 * editor works without JavaScript.
 */
export type Draft = {
  name: string;
  description: string;
  expectedResult: string;
  priority: string;
  status: string;
  tags: string;
  group: string;
  steps: DraftStep[];
  /** The step whose form is open, by the way to it: `2`, `3.then.0`. */
  open: string | null;
  message: string;
  expectedVersion: number;
  /** Whether anything differs from what is saved. */
  dirty: boolean;
  /** How many empty rows a list of locators shows besides the given ones. */
  spare: string | null;
};

export type DraftRead = {
  draft: Draft;
  /** Faults that keep the open step open: it can't be read back yet. */
  errors: FieldError[];
  /** What was typed into those fields. */
  raw: Record<string, string>;
};

/** Reads the whole form; a step that makes no sense at all is dropped by nobody but a broken client. */
export function readDraft(form: FormValues): DraftRead {
  const text = (name: string) => String(form.get(name) ?? "").replace(/\r\n?/g, "\n");
  let steps = form
    .getAll("step")
    .slice(0, limits.stepsPerCaseMax + 1)
    .flatMap(parseStep);
  const open = text("open");
  const current = stepAt(steps, open);
  const errors: FieldError[] = [];
  const raw: Record<string, string> = {};
  if (current) {
    const read = stepFromForm(current.type, form);
    for (const error of read.errors) {
      errors.push({ path: `steps.${open}.${error.path}`, message: error.message });
      raw[error.path] = text(`f.${error.path}`);
    }
    // The steps inside have forms of their own.
    const inner = innerLists(current).filter(({ field }) => current[field] !== undefined);
    const kept = Object.fromEntries(inner.map(({ field, steps: own }) => [field, own]));
    steps = withStep(steps, open, { ...read.step, ...kept });
  }
  const draft: Draft = {
    name: text("name"),
    description: text("description"),
    expectedResult: text("expectedResult"),
    priority: text("priority"),
    status: text("status"),
    tags: text("tags"),
    group: text("group"),
    steps,
    open: current ? open : null,
    message: text("message"),
    expectedVersion: Number.parseInt(text("expectedVersion"), 10) || 1,
    dirty: true,
    spare: null,
  };
  return { draft, errors, raw };
}

function parseStep(text: unknown): DraftStep[] {
  try {
    return draftSteps([JSON.parse(String(text))], "");
  } catch {
    return [];
  }
}

/** What is a step in a list from outside, with what is inside of it; deeper than steps may stand, nothing is read. */
function draftSteps(values: readonly unknown[], list: string): DraftStep[] {
  if (depthOf(list) > limits.stepDepthMax) return [];
  return values.flatMap((value) => {
    const step = draftStep(value);
    if (step === null) return [];
    const inner = innerLists(step)
      .filter(({ field }) => step[field] !== undefined)
      .map(({ field, steps }) => [
        field,
        draftSteps(steps, list === "" ? `0.${field}` : `${list}.0.${field}`),
      ]);
    return [{ ...step, ...Object.fromEntries(inner) }];
  });
}

/** The change that a test case would take; the schema judges it. */
export function changeOf(draft: Draft): Record<string, unknown> {
  return {
    name: draft.name,
    description: draft.description,
    expectedResult: draft.expectedResult,
    priority: draft.priority,
    status: draft.status,
    tags: tagsOf(draft.tags),
    group: draft.group.trim() === "" ? null : draft.group,
    steps: draft.steps,
    ...(draft.message.trim() === "" ? {} : { message: draft.message }),
    expectedVersion: draft.expectedVersion,
  };
}

export function tagsOf(text: string): string[] {
  return text
    .split(/[\s,]+/)
    .map((tag) => tag.replace(/^@/, ""))
    .filter((tag) => tag !== "");
}

/**
 * One thing done to the draft, with steps named by the way to them: `open:2`, `close`, `add:click:3` (before the fourth),
 * `add:click:3.then.0`, `up:2`, `down:2`, `in:2` (into the step before it), `out:3.then.0` (behind the step around it),
 * `move:2:0`, `copy:2`, `delete:2`, `toggle:2`, `spare:target`, `rank:target:1` (one place up). What names no step, or is not
 * possible there, leaves the draft as it was.
 */
export function applyOperation(draft: Draft, operation: string): Draft {
  const [verb = "", first = "", second = ""] = operation.split(":");
  switch (verb) {
    case "close":
      return { ...draft, open: null };
    case "add":
      return isStepType(first)
        ? added(draft, emptyStep(first), placeOf(second) ?? { list: "", index: draft.steps.length })
        : draft;
    case "spare":
      return { ...draft, spare: first };
    case "rank":
      return ranked(draft, first, Number.parseInt(second, 10));
  }
  const place = placeOf(first);
  const step = stepAt(draft.steps, first);
  return place && step ? applyToStep(draft, verb, place, step, second) : draft;
}

function applyToStep(draft: Draft, verb: string, place: Place, step: DraftStep, second: string): Draft {
  const { list, index } = place;
  const path = pathOf(place);
  switch (verb) {
    case "open":
      return { ...draft, open: draft.open === path ? null : path };
    case "up":
      return moved(draft, place, { list, index: index - 1 });
    case "down":
      return moved(draft, place, { list, index: index + 1 });
    case "in":
      return moved(draft, place, placeInside(draft.steps, place));
    case "out":
      return moved(draft, place, placeOutside(place));
    case "move":
      return moved(draft, place, placeOf(second));
    case "copy":
      return added(draft, structuredClone(step), { list, index: index + 1 });
    case "delete":
      return {
        ...draft,
        steps: withList(draft.steps, list, (steps) => steps.toSpliced(index, 1)),
        open: draft.open === null ? null : afterRemoval(draft.open, place),
      };
    case "toggle":
      return { ...draft, steps: withStep(draft.steps, path, toggled(step)) };
    default:
      return draft;
  }
}

function added(draft: Draft, step: DraftStep, { list, index }: Place): Draft {
  const around = listAt(draft.steps, list);
  if (!around || !fits(draft.steps, step, list, true)) return draft;
  const at = Math.min(index, around.length);
  const steps = withList(draft.steps, list, (others) => others.toSpliced(at, 0, step));
  return { ...draft, steps, open: pathOf({ list, index: at }) };
}

/** Takes a step from one place to another, which counts as if the step were gone already when it is in the same list. */
function moved(draft: Draft, from: Place, to: Place | null): Draft {
  const path = pathOf(from);
  const step = stepAt(draft.steps, path);
  const target = to && listAt(draft.steps, to.list);
  if (!step || !to || !target || to.index < 0 || (to.list === from.list && to.index === from.index))
    return draft;
  const isInside = `${to.list}.`.startsWith(`${path}.`);
  const last = to.list === from.list ? target.length - 1 : target.length;
  if (isInside || to.index > last || !fits(draft.steps, step, to.list, false)) return draft;
  const rest = withList(draft.steps, from.list, (others) => others.toSpliced(from.index, 1));
  // The list that it goes to may itself stand behind the place that it left.
  const list = to.list === "" ? "" : (afterRemoval(to.list, from) ?? to.list);
  const place = { list, index: to.index };
  return {
    ...draft,
    steps: withList(rest, list, (others) => others.toSpliced(to.index, 0, step)),
    open: draft.open === null ? null : openAfter(draft.open, path, from, place),
  };
}

/** Where the open step is after another one, or it itself, was moved. */
function openAfter(open: string, path: string, from: Place, to: Place): string {
  const rest = afterRemoval(open, from);
  return rest === null ? `${pathOf(to)}${open.slice(path.length)}` : afterInsertion(rest, to);
}

function toggled(step: DraftStep): DraftStep {
  const { disabled, ...rest } = step;
  return disabled === true ? (rest as DraftStep) : { ...step, disabled: true };
}

function ranked(draft: Draft, field: string, at: number): Draft {
  const step = draft.open === null ? null : stepAt(draft.steps, draft.open);
  const value = step?.[field];
  if (!step || draft.open === null || !Array.isArray(value) || at < 1 || at >= value.length) return draft;
  const list = value.with(at - 1, value[at]).with(at, value[at - 1]);
  return { ...draft, steps: withStep(draft.steps, draft.open, { ...step, [field]: list }) };
}
