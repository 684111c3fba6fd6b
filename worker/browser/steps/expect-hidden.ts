import { expectOf } from "./asserting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const expectHidden: StepBehaviour<"expectHidden"> = (context, step) =>
  expectOf(context, step.target, { kind: "state", state: "hidden", not: step.not ?? false });
