import { z } from "zod";
import { defineStep } from "./definition.ts";
import { target } from "./fields.ts";

export const screenshot = defineStep({
  type: "screenshot",
  title: "Screenshot",
  group: "data",
  summary: "Keeps a picture of the page or of an element.",
  shape: {
    target: target.optional(),
    fullPage: z.boolean().optional().meta({ title: "Full page", description: "Also what is below the fold" }),
  },
});
