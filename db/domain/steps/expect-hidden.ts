import { defineAssertion } from "./definition.ts";
import { target } from "./fields.ts";

export const expectHidden = defineAssertion({
  type: "expectHidden",
  title: "Expect hidden",
  summary: "No such element is visible.",
  short: "target",
  shape: {
    target,
  },
});
