import { z } from "zod";
import { defineStep } from "./definition.ts";
import { target } from "./fields.ts";

export const scroll = defineStep({
  type: "scroll",
  title: "Scroll",
  group: "action",
  summary: "Scrolls an element into view, or the page or an element by a distance.",
  shape: {
    target: target.optional(),
    x: z
      .number()
      .optional()
      .meta({ title: "X", description: "Pixels to the right; the position to scroll to when set" }),
    y: z
      .number()
      .optional()
      .meta({ title: "Y", description: "Pixels down; the position to scroll to when set" }),
  },
  rule: (step) =>
    step.target === undefined && step.x === undefined && step.y === undefined
      ? "say where to: a target, or x and y"
      : null,
});
