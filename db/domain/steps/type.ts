import { z } from "zod";
import { defineStep } from "./definition.ts";
import { multiline, target } from "./fields.ts";

export const type = defineStep({
  type: "type",
  title: "Type",
  group: "action",
  summary: "Types text key by key, into an element or where the focus is.",
  shape: {
    target: target.optional(),
    text: multiline("Text", "Typed as a person would"),
    delayMs: z
      .int()
      .min(0)
      .max(1_000)
      .optional()
      .meta({ title: "Delay (ms)", description: "Between two keys" }),
  },
});
