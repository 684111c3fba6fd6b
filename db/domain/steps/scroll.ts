import { z } from "zod";
import { defineStep } from "./definition.ts";
import { target } from "./fields.ts";

export const scroll = defineStep({
  type: "scroll",
  title: "Scroll",
  group: "action",
  summary: "Scrolls an element into view, or what is in the page or in an element to a place.",
  shape: {
    target: target.optional(),
    x: z.number().optional().meta({ title: "X", description: "Pixels from the left that it is scrolled to" }),
    y: z.number().optional().meta({ title: "Y", description: "Pixels from the top that it is scrolled to" }),
  },
  rule: (step) =>
    step.target === undefined && step.x === undefined && step.y === undefined
      ? "say where to: a target, or x and y"
      : null,
});
