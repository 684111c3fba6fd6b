import { z } from "zod";
import { limits } from "../limits.ts";
import { back } from "./back.ts";
import { check } from "./check.ts";
import { click } from "./click.ts";
import { closeTab } from "./close-tab.ts";
import type { StepDefinition } from "./definition.ts";
import { drag } from "./drag.ts";
import { emulateNetwork } from "./emulate-network.ts";
import { evaluate } from "./evaluate.ts";
import { expectAttribute } from "./expect-attribute.ts";
import { expectChecked } from "./expect-checked.ts";
import { expectCount } from "./expect-count.ts";
import { expectEnabled } from "./expect-enabled.ts";
import { expectHidden } from "./expect-hidden.ts";
import { expectText } from "./expect-text.ts";
import { expectTitle } from "./expect-title.ts";
import { expectUrl } from "./expect-url.ts";
import { expectValue } from "./expect-value.ts";
import { expectVisible } from "./expect-visible.ts";
import { extract } from "./extract.ts";
import { fill } from "./fill.ts";
import { forward } from "./forward.ts";
import { goto } from "./goto.ts";
import { handleDialog } from "./handle-dialog.ts";
import { hover } from "./hover.ts";
import { keyDown } from "./key-down.ts";
import { keyUp } from "./key-up.ts";
import { mock } from "./mock.ts";
import { press } from "./press.ts";
import { reload } from "./reload.ts";
import { request } from "./request.ts";
import { screenshot } from "./screenshot.ts";
import { scroll } from "./scroll.ts";
import { select } from "./select.ts";
import { setVariable } from "./set-variable.ts";
import { setViewport } from "./set-viewport.ts";
import { switchTab } from "./switch-tab.ts";
import { type } from "./type.ts";
import { uncheck } from "./uncheck.ts";
import { upload } from "./upload.ts";
import { waitFor } from "./wait-for.ts";

/** Every step of the language, in the order in which the editor offers them. */
export const stepDefinitions = {
  goto,
  back,
  forward,
  reload,
  setViewport,
  switchTab,
  closeTab,
  click,
  fill,
  type,
  press,
  keyDown,
  keyUp,
  select,
  check,
  uncheck,
  hover,
  upload,
  drag,
  scroll,
  handleDialog,
  waitFor,
  setVariable,
  extract,
  evaluate,
  request,
  mock,
  emulateNetwork,
  screenshot,
  expectText,
  expectVisible,
  expectHidden,
  expectValue,
  expectCount,
  expectUrl,
  expectTitle,
  expectAttribute,
  expectEnabled,
  expectChecked,
} as const satisfies Record<string, StepDefinition>;

export type StepType = keyof typeof stepDefinitions;
export type StepOf<T extends StepType> = z.output<(typeof stepDefinitions)[T]["schema"]>;
export type Step = { [T in StepType]: StepOf<T> }[StepType];

export const stepTypes = Object.keys(stepDefinitions) as StepType[];

type Schemas = { [T in StepType]: (typeof stepDefinitions)[T]["schema"] }[StepType];

const schemas = stepTypes.map((type) => stepDefinitions[type].schema) as [Schemas, ...Schemas[]];

/** One step in its canonical form. */
export const stepSchema = z
  .discriminatedUnion("type", schemas, {
    error: (issue) =>
      issue.code === "invalid_union" ? `unknown step type; there are ${stepTypes.join(", ")}` : undefined,
  })
  .meta({ id: "Step" });

export const stepsSchema = z.array(stepSchema).max(limits.stepsPerCaseMax);

export function definitionOf(type: StepType): StepDefinition {
  return stepDefinitions[type];
}

export function isStepType(text: string): text is StepType {
  return Object.hasOwn(stepDefinitions, text);
}

export function isAssertion(type: StepType): boolean {
  return stepDefinitions[type].group === "assertion";
}
