import { defineStep } from "./definition.ts";
import { target } from "./fields.ts";

export const drag = defineStep({
  type: "drag",
  title: "Drag",
  group: "action",
  summary: "Drags an element onto another one.",
  shape: {
    target,
    to: target.meta({ title: "To", description: "Where it is dropped", control: "target" }),
  },
});
