import { defineAssertion } from "./definition.ts";
import { target } from "./fields.ts";

export const expectChecked = defineAssertion({
  type: "expectChecked",
  title: "Expect checked",
  summary: "The checkbox, switch or radio button is on.",
  short: "target",
  shape: {
    target,
  },
});
