import { expectOf } from "./asserting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const expectEditable: StepBehaviour<"expectEditable"> = (context, step) =>
  expectOf(context, step.target, { kind: "state", state: "editable", not: step.not ?? false });
