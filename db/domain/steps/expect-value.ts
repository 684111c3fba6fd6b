import { defineAssertion } from "./definition.ts";
import { multiline, target, textMatch } from "./fields.ts";

export const expectValue = defineAssertion({
  type: "expectValue",
  title: "Expect value",
  summary: "The field holds the value.",
  shape: {
    target,
    value: multiline("Value", "The whole value when no match is given"),
    match: textMatch.optional(),
  },
});
