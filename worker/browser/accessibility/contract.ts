import type { AccessibilityReport } from "../../../db/domain/accessibility.ts";
import type { LocatorPart } from "../../../db/domain/locators.ts";

export type RuleChoice = {
  tags: readonly string[];
  withRules: readonly string[];
  withoutRules: readonly string[];
};

/** What is looked at in one document. */
export type PartRequest = {
  rules: RuleChoice;
  /** Name of the element in `__verdict.elements`; null for all of the document. */
  elementToken: string | null;
  exclude: readonly (readonly LocatorPart[])[];
  /** Of a document in a frame: what axe-core said in the document around about it. */
  context: unknown;
};

/** The answer of one document. Only axe-core reads `result` and `frames[].context`. */
export type Part = {
  result: unknown;
  /** Names in `__verdict.elements` of the frames in it, null for one that was not found; in the order of axe-core. */
  frames: { token: string | null; context: unknown }[];
  lookedAt: number;
};

export type Findings = Pick<AccessibilityReport, "engine" | "violations" | "incomplete" | "passes">;

export type Scanner = {
  /** @throws Error `unknown rule …` */
  part(request: PartRequest): Promise<Part>;
  /** All documents together, each frame behind the document around it. */
  finish(parts: readonly unknown[], rules: RuleChoice): Promise<Findings>;
};
