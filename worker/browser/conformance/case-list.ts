import { unsupportedIn } from "../../../db/domain/steps/browser-support.ts";
import type { BrowserName } from "../../../db/domain/steps/definition.ts";
import { definitionOf, type Step, type StepType, stepTypes } from "../../../db/domain/steps/index.ts";
import { conformanceCases } from "./cases.ts";
import type { Case, FailingCase, StepCases } from "./contract.ts";

type Kind = keyof StepCases;
export type Listed = { type: StepType; kind: Kind; path: string; given: Case | FailingCase };

/** Every case, with the path of its page. */
export function listCases(): Listed[] {
  return stepTypes.flatMap((type) =>
    (["works", "waits", "fails"] as const).flatMap((kind) =>
      conformanceCases[type][kind].map((given, index) => ({
        type,
        kind,
        given,
        path: given.page?.startsWith("/") ? given.page : `/page/${type}/${kind}/${index + 1}`,
      })),
    ),
  );
}

/** The step and those around it ask for nothing that the browser can't do. */
export function canRun(browser: BrowserName, { type, given }: Listed): boolean {
  if (!(given.browsers ?? definitionOf(type).browsers).includes(browser)) return false;
  // As they are written: the schema only adds what was left out.
  const steps = [...(given.before ?? []), { ...given.step, type }, ...(given.after ?? [])] as Step[];
  return unsupportedIn(browser, steps).length === 0;
}
