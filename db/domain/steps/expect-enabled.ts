import { defineAssertion } from "./definition.ts";
import { target } from "./fields.ts";

export const expectEnabled = defineAssertion({
  type: "expectEnabled",
  title: "Expect enabled",
  summary: "The element can be used.",
  short: "target",
  shape: {
    target,
  },
});
