import { defineStep } from "./definition.ts";
import { multiline, target } from "./fields.ts";

export const fill = defineStep({
  type: "fill",
  title: "Fill",
  group: "action",
  summary: "Replaces the value of a field.",
  shape: {
    target,
    value: multiline("Value", "What the field holds afterwards; empty clears it"),
  },
});
