import { expectOf, textExpectation } from "./asserting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const expectAttribute: StepBehaviour<"expectAttribute"> = (context, step) =>
  expectOf(context, step.target, {
    kind: "attribute",
    attribute: step.attribute,
    expected: step.value === undefined ? null : textExpectation(step.value, step.match, "exact"),
    not: step.not ?? false,
  });
