import { expectOf } from "./asserting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const expectVisible: StepBehaviour<"expectVisible"> = (context, step) =>
  expectOf(context, step.target, { kind: "state", state: "visible", not: step.not ?? false });
