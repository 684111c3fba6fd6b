import { z } from "zod";
import { limits } from "../limits.ts";
import { back } from "./back.ts";
import { blockRequests } from "./block-requests.ts";
import { blur } from "./blur.ts";
import { check } from "./check.ts";
import { clear } from "./clear.ts";
import { clearCookies } from "./clear-cookies.ts";
import { click } from "./click.ts";
import { clock } from "./clock.ts";
import { closeTab } from "./close-tab.ts";
import type { StepDefinition } from "./definition.ts";
import { dispatchEvent } from "./dispatch-event.ts";
import { drag } from "./drag.ts";
import { emulate } from "./emulate.ts";
import { emulateCpu } from "./emulate-cpu.ts";
import { emulateNetwork } from "./emulate-network.ts";
import { evaluate } from "./evaluate.ts";
import { expectAccessible } from "./expect-accessible.ts";
import { expectAria } from "./expect-aria.ts";
import { expectAttribute } from "./expect-attribute.ts";
import { expectChecked } from "./expect-checked.ts";
import { expectClass } from "./expect-class.ts";
import { expectCookie } from "./expect-cookie.ts";
import { expectCount } from "./expect-count.ts";
import { expectCss } from "./expect-css.ts";
import { expectDialog } from "./expect-dialog.ts";
import { expectDownload } from "./expect-download.ts";
import { expectEditable } from "./expect-editable.ts";
import { expectEmpty } from "./expect-empty.ts";
import { expectEnabled } from "./expect-enabled.ts";
import { expectFocused } from "./expect-focused.ts";
import { expectHidden } from "./expect-hidden.ts";
import { expectInViewport } from "./expect-in-viewport.ts";
import { expectNoConsoleErrors } from "./expect-no-console-errors.ts";
import { expectNoPageErrors } from "./expect-no-page-errors.ts";
import { expectProperty } from "./expect-property.ts";
import { expectResponse } from "./expect-response.ts";
import { expectSnapshot } from "./expect-snapshot.ts";
import { expectStorage } from "./expect-storage.ts";
import { expectText } from "./expect-text.ts";
import { expectTitle } from "./expect-title.ts";
import { expectUrl } from "./expect-url.ts";
import { expectValue } from "./expect-value.ts";
import { expectVisible } from "./expect-visible.ts";
import { expectWebSocketMessage } from "./expect-web-socket-message.ts";
import { extract } from "./extract.ts";
import { variableName } from "./fields.ts";
import { fill } from "./fill.ts";
import { focus } from "./focus.ts";
import { forward } from "./forward.ts";
import { geolocation } from "./geolocation.ts";
import { goto } from "./goto.ts";
import { group } from "./group.ts";
import { handleDialog } from "./handle-dialog.ts";
import { hover } from "./hover.ts";
import { ifStep } from "./if.ts";
import { keyDown } from "./key-down.ts";
import { keyUp } from "./key-up.ts";
import { mock } from "./mock.ts";
import { mockWebSocket } from "./mock-web-socket.ts";
import { modifyRequest } from "./modify-request.ts";
import { modifyResponse } from "./modify-response.ts";
import { nestingFault, setStepSchema } from "./nested.ts";
import { permissions } from "./permissions.ts";
import { press } from "./press.ts";
import { reload } from "./reload.ts";
import { repeat } from "./repeat.ts";
import { request } from "./request.ts";
import { saveState } from "./save-state.ts";
import { screenshot } from "./screenshot.ts";
import { scroll } from "./scroll.ts";
import { select } from "./select.ts";
import { setCookie } from "./set-cookie.ts";
import { setStorage } from "./set-storage.ts";
import { setVariable } from "./set-variable.ts";
import { setViewport } from "./set-viewport.ts";
import { switchTab } from "./switch-tab.ts";
import { type } from "./type.ts";
import { uncheck } from "./uncheck.ts";
import { upload } from "./upload.ts";
import { useState } from "./use-state.ts";
import { waitFor } from "./wait-for.ts";
import { waitForIdle } from "./wait-for-idle.ts";
import { waitForResponse } from "./wait-for-response.ts";
import { waitForWebSocket } from "./wait-for-web-socket.ts";

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
  clear,
  type,
  press,
  keyDown,
  keyUp,
  select,
  check,
  uncheck,
  hover,
  focus,
  blur,
  dispatchEvent,
  upload,
  drag,
  scroll,
  handleDialog,
  waitFor,
  if: ifStep,
  repeat,
  group,
  setVariable,
  extract,
  evaluate,
  setCookie,
  clearCookies,
  setStorage,
  saveState,
  useState,
  request,
  mock,
  modifyRequest,
  modifyResponse,
  blockRequests,
  mockWebSocket,
  waitForResponse,
  waitForWebSocket,
  waitForIdle,
  emulateNetwork,
  emulateCpu,
  emulate,
  clock,
  geolocation,
  permissions,
  screenshot,
  expectText,
  expectVisible,
  expectHidden,
  expectValue,
  expectCount,
  expectUrl,
  expectTitle,
  expectAttribute,
  expectProperty,
  expectClass,
  expectCss,
  expectEnabled,
  expectEditable,
  expectChecked,
  expectFocused,
  expectEmpty,
  expectInViewport,
  expectAria,
  expectAccessible,
  expectSnapshot,
  expectResponse,
  expectWebSocketMessage,
  expectCookie,
  expectStorage,
  expectDialog,
  expectDownload,
  expectNoConsoleErrors,
  expectNoPageErrors,
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

setStepSchema(stepSchema);

/** The steps of a test case or a group. How deep and how many is looked at first: the text may come from anywhere. */
export const stepsSchema = z.preprocess((value, context) => {
  const fault = nestingFault(value);
  if (fault === null) return value;
  context.addIssue({ code: "custom", ...fault });
  return z.NEVER;
}, z.array(stepSchema).max(limits.stepsPerCaseMax));

/** A reusable list of steps, called by a `group` step that gives values to its parameters. */
export const stepGroupSchema = z.strictObject({
  parameters: z
    .array(z.strictObject({ name: variableName, default: z.string().max(limits.textBytesMax).optional() }))
    .max(limits.groupParametersMax)
    .default([]),
  steps: stepsSchema,
});
export type StepGroupContent = z.output<typeof stepGroupSchema>;

/** The lists of steps that a step holds, by their fields. The schema has made sure that they are steps. */
export function childrenOf(step: Step): { field: string; steps: readonly Step[] }[] {
  return definitionOf(step.type).nested.flatMap((field) => {
    const steps: unknown = Reflect.get(step, field);
    return Array.isArray(steps) ? [{ field, steps: steps as readonly Step[] }] : [];
  });
}

/** Every step of a list, those inside of others included. */
export function* eachStep(steps: readonly Step[]): Generator<Step> {
  for (const step of steps) {
    yield step;
    for (const child of childrenOf(step)) yield* eachStep(child.steps);
  }
}

/** The same with the way to each: `steps.2.then.0`. */
export function* eachStepWithPath(steps: readonly Step[], around = "steps"): Generator<[string, Step]> {
  for (const [index, step] of steps.entries()) {
    const path = `${around}.${index}`;
    yield [path, step];
    for (const child of childrenOf(step)) yield* eachStepWithPath(child.steps, `${path}.${child.field}`);
  }
}

/** The names of the groups that the steps call themselves, each once, in their order. */
export function groupsCalledBy(steps: readonly Step[]): string[] {
  return [...new Set([...eachStep(steps)].flatMap((step) => (step.type === "group" ? [step.group] : [])))];
}

export function definitionOf(type: StepType): StepDefinition {
  return stepDefinitions[type];
}

export function isStepType(text: string): text is StepType {
  return Object.hasOwn(stepDefinitions, text);
}

export function isAssertion(type: StepType): boolean {
  return stepDefinitions[type].group === "assertion";
}
