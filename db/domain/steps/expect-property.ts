import { defineAssertion } from "./definition.ts";
import { json, target, text } from "./fields.ts";

export const expectProperty = defineAssertion({
  type: "expectProperty",
  title: "Expect property",
  summary: "The element has the property in the page, such as value, checked or dataset.state.",
  shape: {
    target,
    property: text("Property", "Its name; a.b is that of a property").min(1),
    value: json.meta({
      title: "Value",
      description: "A text, number or other JSON value; an object may have more than what is given",
      control: "json",
    }),
  },
});
