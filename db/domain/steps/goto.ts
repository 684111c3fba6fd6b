import { z } from "zod";
import { defineStep } from "./definition.ts";
import { text } from "./fields.ts";

export const goto = defineStep({
  type: "goto",
  title: "Open page",
  group: "navigation",
  summary: "Opens an address and waits until the page has loaded.",
  short: "url",
  shape: {
    url: text("Address", "Absolute, or relative to the base URL").min(1),
    waitUntil: z
      .enum(["load", "domcontentloaded", "commit"])
      .optional()
      .meta({ title: "Wait until", description: "What counts as open; load when not given" }),
  },
});
