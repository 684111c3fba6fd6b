import { z } from "zod";
import { defineStep } from "./definition.ts";
import { multiline, text } from "./fields.ts";

export const setStorage = defineStep({
  type: "setStorage",
  title: "Set storage",
  group: "data",
  summary: "Sets, removes or clears what the present page's site keeps in local or session storage.",
  shape: {
    area: z
      .enum(["local", "session"])
      .optional()
      .meta({ title: "Storage", description: "local when not given" }),
    key: text("Key", "Its name").min(1).optional(),
    value: multiline("Value", "What is kept; the key is removed when not given").optional(),
    clear: z.boolean().optional().meta({ title: "Clear", description: "Removes everything first" }),
  },
  rule: (step) => {
    if (step.key === undefined && step.value !== undefined) return "a value needs its key";
    return step.key === undefined && step.clear !== true ? "say what to do: key (and value), or clear" : null;
  },
});
