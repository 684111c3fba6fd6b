import { defineStep } from "./definition.ts";
import { target, text, variableName } from "./fields.ts";

export const extract = defineStep({
  type: "extract",
  title: "Extract",
  group: "data",
  summary: "Reads text, a value or an attribute from an element into a variable.",
  shape: {
    target,
    as: variableName,
    attribute: text("Attribute", "Read instead of the text").optional(),
    pattern: text("Pattern", "Regular expression; its first group, or all of it, is kept").optional(),
  },
});
