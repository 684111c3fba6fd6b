import { expectOf, textExpectation } from "./asserting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const expectCss: StepBehaviour<"expectCss"> = (context, step) =>
  expectOf(context, step.target, {
    kind: "css",
    property: step.property,
    expected: textExpectation(step.value, step.match, "exact"),
    not: step.not ?? false,
  });
