import { expectOf, textExpectation } from "./asserting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const expectValue: StepBehaviour<"expectValue"> = (context, step) =>
  expectOf(context, step.target, {
    kind: "value",
    expected: textExpectation(step.value, step.match, "exact"),
    not: step.not ?? false,
  });
