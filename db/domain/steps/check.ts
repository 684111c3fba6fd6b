import { defineStep } from "./definition.ts";
import { target } from "./fields.ts";

export const check = defineStep({
  type: "check",
  title: "Check",
  group: "action",
  summary: "Ticks a checkbox, switch or radio button.",
  short: "target",
  shape: {
    target,
  },
});
