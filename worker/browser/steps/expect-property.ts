import { expectOf } from "./asserting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const expectProperty: StepBehaviour<"expectProperty"> = (context, step) =>
  expectOf(context, step.target, {
    kind: "property",
    property: step.property,
    value: step.value,
    not: step.not ?? false,
  });
