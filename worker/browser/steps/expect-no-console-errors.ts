import type { StepBehaviour } from "./behaviour.ts";
import { expectNone } from "./no-errors.ts";

export const expectNoConsoleErrors: StepBehaviour<"expectNoConsoleErrors"> = (context, step) =>
  expectNone(context, context.browser.witness.consoleErrors, "console error", step);
