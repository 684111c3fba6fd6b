import { expectOf } from "./asserting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const expectEnabled: StepBehaviour<"expectEnabled"> = (context, step) =>
  expectOf(context, step.target, { kind: "state", state: "enabled", not: step.not ?? false });
