import { expectOf } from "./asserting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const expectCount: StepBehaviour<"expectCount"> = (context, step) =>
  expectOf(context, step.target, {
    kind: "count",
    comparison: step.comparison ?? "==",
    count: step.count,
    not: step.not ?? false,
  });
