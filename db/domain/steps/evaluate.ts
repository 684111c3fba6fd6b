import { defineStep } from "./definition.ts";
import { multiline, variableName } from "./fields.ts";

export const evaluate = defineStep({
  type: "evaluate",
  title: "Run JavaScript",
  group: "data",
  summary: "Runs JavaScript in the page, never outside of it.",
  short: "script",
  shape: {
    script: multiline("Script", "An expression, or statements with return; promises are awaited").min(1),
    as: variableName.optional(),
  },
});
