import type { StepBehaviour } from "./behaviour.ts";
import { toggle } from "./toggling.ts";

export const uncheck: StepBehaviour<"uncheck"> = (context, step) => toggle(context, step.target, false);
