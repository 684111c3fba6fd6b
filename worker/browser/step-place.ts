import type { Failure } from "../../db/domain/events.ts";
import { definitionOf, type Step, type StepGroupContent } from "../../db/domain/steps/index.ts";
import { StepFailure } from "./failure.ts";

/** Where a step stands: the step at the top that it is or belongs to and, inside of that, the way to it. */
export type StepPlace = { step: number; path: string | null; depth: number };

/** One list of steps of a step: `then`, `round-2`, … */
export type Branch = { name: string; place: StepPlace };

export function placeOf(index: number, branch: Branch | null): StepPlace {
  if (branch === null) return { step: index, path: null, depth: 0 };
  const { name, place } = branch;
  return { step: place.step, path: `${place.path ?? place.step}.${name}.${index}`, depth: place.depth + 1 };
}

/** The fields that say it in events. */
export function insideOf({ step, path, depth }: StepPlace): { step: number; path?: string; depth?: number } {
  return path === null ? { step } : { step, path, depth };
}

export function holdsSteps(step: Step): boolean {
  return step.type === "group" || definitionOf(step.type).nested.length > 0;
}

/** A step inside has failed: it has been told of already, and ends the steps around it. */
export class InnerFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.name = "InnerFailure";
    this.failure = failure;
  }
}

/** @throws StepFailure `unknown-group` that names those there are. */
export function groupOf(groups: Readonly<Record<string, StepGroupContent>>, name: string): StepGroupContent {
  const group = Object.hasOwn(groups, name) ? groups[name] : undefined;
  if (group) return group;
  const known = Object.keys(groups).sort().slice(0, 20);
  const hint = known.length > 0 ? `there are ${known.join(", ")}` : "the project has none";
  throw new StepFailure("unknown-group", `there is no group "${name}"; ${hint}`);
}

/** A value for each parameter of a group. @throws StepFailure `unknown-parameter`, `missing-parameter`. */
export function argumentsOf(
  name: string,
  { parameters }: StepGroupContent,
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = parameters.map((parameter) => parameter.name);
  const stray = Object.keys(values).find((key) => !names.includes(key));
  if (stray !== undefined) {
    const hint = names.length > 0 ? `its parameters are ${names.join(", ")}` : "it has none";
    throw new StepFailure("unknown-parameter", `the group "${name}" has no parameter "${stray}"; ${hint}`);
  }
  const given: Record<string, string> = {};
  for (const parameter of parameters) {
    const value = Object.hasOwn(values, parameter.name) ? values[parameter.name] : parameter.default;
    if (value === undefined) {
      throw new StepFailure("missing-parameter", `the group "${name}" needs a value for "${parameter.name}"`);
    }
    given[parameter.name] = value;
  }
  return given;
}
