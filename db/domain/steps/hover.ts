import { defineStep } from "./definition.ts";
import { point, target } from "./fields.ts";

export const hover = defineStep({
  type: "hover",
  title: "Hover",
  group: "action",
  summary: "Moves the pointer over an element.",
  short: "target",
  shape: {
    target,
    position: point.optional(),
  },
});
