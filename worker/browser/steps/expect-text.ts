import { expectOf, textExpectation } from "./asserting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const expectText: StepBehaviour<"expectText"> = (context, step) =>
  expectOf(context, step.target, {
    kind: "text",
    expected: textExpectation(step.text, step.match, "contains", step.ignoreCase),
    not: step.not ?? false,
  });
