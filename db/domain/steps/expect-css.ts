import { defineAssertion } from "./definition.ts";
import { target, text, textMatch } from "./fields.ts";

export const expectCss = defineAssertion({
  type: "expectCss",
  title: "Expect style",
  summary: "The element is drawn with the style, as the browser works it out.",
  shape: {
    target,
    property: text("Property", "Such as background-color or --brand").min(1),
    value: text(
      "Value",
      "The whole value as the browser gives it, such as rgb(255, 0, 0), when no match is given",
    ),
    match: textMatch.optional(),
  },
});
