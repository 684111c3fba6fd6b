import { defineAssertion } from "./definition.ts";
import { ignoreCase, multiline, target, textMatch } from "./fields.ts";

export const expectText = defineAssertion({
  type: "expectText",
  title: "Expect text",
  summary: "The element holds the text.",
  shape: {
    target,
    text: multiline("Text", "A part of the element's text, white space folded, when no match is given"),
    match: textMatch.optional(),
    ignoreCase: ignoreCase.optional(),
  },
});
