import { expectOf } from "./asserting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const expectFocused: StepBehaviour<"expectFocused"> = (context, step) =>
  expectOf(context, step.target, { kind: "state", state: "focused", not: step.not ?? false });
