import { expectOf } from "./asserting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const expectInViewport: StepBehaviour<"expectInViewport"> = (context, step) =>
  expectOf(context, step.target, { kind: "inViewport", ratio: step.ratio ?? null, not: step.not ?? false });
