import { expectOf } from "./asserting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const expectClass: StepBehaviour<"expectClass"> = (context, step) =>
  expectOf(context, step.target, {
    kind: "class",
    expected: { text: step.class, match: step.match ?? "contains" },
    not: step.not ?? false,
  });
