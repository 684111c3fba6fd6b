import { defineAssertion } from "./definition.ts";
import { target } from "./fields.ts";

export const expectFocused = defineAssertion({
  type: "expectFocused",
  title: "Expect focus",
  summary: "The element has the focus: what is typed goes to it.",
  short: "target",
  shape: { target },
});
