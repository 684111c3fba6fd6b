import { defineAssertion } from "./definition.ts";
import { target, text, textMatch } from "./fields.ts";

export const expectAttribute = defineAssertion({
  type: "expectAttribute",
  title: "Expect attribute",
  summary: "The element has the attribute, with the value when one is given.",
  shape: {
    target,
    attribute: text("Attribute", "Its name").min(1),
    value: text("Value", "The whole value when no match is given").optional(),
    match: textMatch.optional(),
  },
  rule: (step) =>
    step.match !== undefined && step.value === undefined
      ? "match says how a value is compared; give the value"
      : null,
});
