import { defineStep } from "./definition.ts";
import { target } from "./fields.ts";

export const uncheck = defineStep({
  type: "uncheck",
  title: "Uncheck",
  group: "action",
  summary: "Clears a checkbox or switch.",
  short: "target",
  shape: {
    target,
  },
});
