import { defineAssertion } from "./definition.ts";
import { target } from "./fields.ts";

export const expectVisible = defineAssertion({
  type: "expectVisible",
  title: "Expect visible",
  summary: "The element is there and visible.",
  short: "target",
  shape: {
    target,
  },
});
