import type { StepBehaviour } from "./behaviour.ts";
import { expectNone } from "./no-errors.ts";

export const expectNoPageErrors: StepBehaviour<"expectNoPageErrors"> = (context, step) =>
  expectNone(context, context.browser.witness.pageErrors, "page error", step);
