import { z } from "zod";
import { defineStep } from "./definition.ts";
import { text } from "./fields.ts";

export const switchTab = defineStep({
  type: "switchTab",
  title: "Switch tab",
  group: "navigation",
  summary: "Goes on in another tab, waiting for it to open.",
  shape: {
    tab: z
      .union([z.literal("main"), z.literal("last"), z.int().min(0).max(50)])
      .optional()
      .meta({
        title: "Tab",
        description: "main, last, or a number from 0 in order of opening",
        control: "text",
      }),
    url: text("Address", "The tab whose address contains this, or matches it with *").optional(),
  },
  rule: (step) =>
    (step.tab === undefined) === (step.url === undefined) ? "say which tab: either tab or url" : null,
});
