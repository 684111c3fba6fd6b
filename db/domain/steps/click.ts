import { z } from "zod";
import { defineStep } from "./definition.ts";
import { modifiers, point, target } from "./fields.ts";

export const click = defineStep({
  type: "click",
  title: "Click",
  group: "action",
  summary: "Clicks an element once it is visible, still, enabled and not covered.",
  short: "target",
  shape: {
    target,
    button: z
      .enum(["left", "middle", "right", "back", "forward"])
      .optional()
      .meta({ title: "Button", description: "Mouse button; left when not given" }),
    count: z.int().min(1).max(3).optional().meta({ title: "Count", description: "2 is a double click" }),
    modifiers: modifiers.optional(),
    position: point.optional(),
    delayMs: z
      .int()
      .min(0)
      .max(10_000)
      .optional()
      .meta({ title: "Hold (ms)", description: "Time between pressing and releasing the button" }),
  },
});
