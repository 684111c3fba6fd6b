import { expectOf } from "./asserting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const expectEmpty: StepBehaviour<"expectEmpty"> = (context, step) =>
  expectOf(context, step.target, { kind: "state", state: "empty", not: step.not ?? false });
