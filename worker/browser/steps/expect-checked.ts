import { expectOf } from "./asserting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const expectChecked: StepBehaviour<"expectChecked"> = (context, step) =>
  expectOf(context, step.target, { kind: "state", state: "checked", not: step.not ?? false });
