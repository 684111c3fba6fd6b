import type { FieldError } from "../../db/domain/errors.ts";
import { limits } from "../../db/domain/limits.ts";
import { isStepType } from "../../db/domain/steps/index.ts";
import { type DraftStep, draftStep, emptyStep, type FormValues, stepFromForm } from "./step-fields.ts";

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
  /** The step whose form is open. */
  open: number | null;
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
  const steps = form
    .getAll("step")
    .slice(0, limits.stepsPerCaseMax + 1)
    .flatMap(parseStep);
  const position = Number.parseInt(text("open"), 10);
  const current = steps[position];
  const errors: FieldError[] = [];
  const raw: Record<string, string> = {};
  if (current) {
    const read = stepFromForm(current.type, form);
    for (const error of read.errors) {
      errors.push({ path: `steps.${position}.${error.path}`, message: error.message });
      raw[error.path] = text(`f.${error.path}`);
    }
    steps[position] = read.step;
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
    open: current ? position : null,
    message: text("message"),
    expectedVersion: Number.parseInt(text("expectedVersion"), 10) || 1,
    dirty: true,
    spare: null,
  };
  return { draft, errors, raw };
}

function parseStep(text: unknown): DraftStep[] {
  try {
    const step = draftStep(JSON.parse(String(text)));
    return step ? [step] : [];
  } catch {
    return [];
  }
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
 * One thing done to the draft: `open:2`, `close`, `add:click:3` (before the fourth), `up:2`, `down:2`, `move:2:0`, `copy:2`,
 * `delete:2`, `toggle:2`, `spare:target`, `rank:target:1` (one place up). What names no step leaves the draft as it was.
 */
export function applyOperation(draft: Draft, operation: string): Draft {
  const [verb = "", first = "", second = ""] = operation.split(":");
  const at = Number.parseInt(first, 10);
  const step = draft.steps[at];
  switch (verb) {
    case "close":
      return { ...draft, open: null };
    case "add":
      return isStepType(first) ? added(draft, emptyStep(first), Number.parseInt(second, 10)) : draft;
    case "spare":
      return { ...draft, spare: first };
    case "rank":
      return ranked(draft, first, Number.parseInt(second, 10));
  }
  if (!step) return draft;
  switch (verb) {
    case "open":
      return { ...draft, open: draft.open === at ? null : at };
    case "up":
      return moved(draft, at, at - 1);
    case "down":
      return moved(draft, at, at + 1);
    case "move":
      return moved(draft, at, Number.parseInt(second, 10));
    case "copy":
      return added(draft, structuredClone(step), at + 1);
    case "delete":
      return { ...draft, steps: draft.steps.toSpliced(at, 1), open: afterDelete(draft.open, at) };
    case "toggle":
      return { ...draft, steps: draft.steps.with(at, toggled(step)) };
    default:
      return draft;
  }
}

function added(draft: Draft, step: DraftStep, wanted: number): Draft {
  if (draft.steps.length >= limits.stepsPerCaseMax) return draft;
  const at = Number.isInteger(wanted)
    ? Math.min(Math.max(0, wanted), draft.steps.length)
    : draft.steps.length;
  return { ...draft, steps: draft.steps.toSpliced(at, 0, step), open: at };
}

function moved(draft: Draft, from: number, to: number): Draft {
  const step = draft.steps[from];
  if (!step || !Number.isInteger(to) || to < 0 || to >= draft.steps.length || from === to) return draft;
  return {
    ...draft,
    steps: draft.steps.toSpliced(from, 1).toSpliced(to, 0, step),
    open: draft.open === null ? null : positionAfterMove(draft.open, from, to),
  };
}

function positionAfterMove(position: number, from: number, to: number): number {
  if (position === from) return to;
  if (from < position && position <= to) return position - 1;
  return to <= position && position < from ? position + 1 : position;
}

function afterDelete(open: number | null, at: number): number | null {
  if (open === null || open === at) return null;
  return open > at ? open - 1 : open;
}

function toggled(step: DraftStep): DraftStep {
  const { disabled, ...rest } = step;
  return disabled === true ? (rest as DraftStep) : { ...step, disabled: true };
}

function ranked(draft: Draft, field: string, at: number): Draft {
  const step = draft.open === null ? undefined : draft.steps[draft.open];
  const value = step?.[field];
  if (!step || draft.open === null || !Array.isArray(value) || at < 1 || at >= value.length) return draft;
  const list = value.with(at - 1, value[at]).with(at, value[at - 1]);
  return { ...draft, steps: draft.steps.with(draft.open, { ...step, [field]: list }) };
}
