import { expectPage, textExpectation } from "./asserting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const expectTitle: StepBehaviour<"expectTitle"> = (context, step) =>
  expectPage(context, {
    kind: "title",
    expected: textExpectation(step.title, step.match, "exact"),
    not: step.not ?? false,
  });
