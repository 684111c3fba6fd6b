import type { StepBehaviour } from "./behaviour.ts";
import { toggle } from "./toggling.ts";

export const check: StepBehaviour<"check"> = (context, step) => toggle(context, step.target, true);
