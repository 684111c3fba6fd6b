import { z } from "zod";
import { defineAssertion } from "./definition.ts";
import { comparison, target } from "./fields.ts";

export const expectCount = defineAssertion({
  type: "expectCount",
  title: "Expect count",
  summary: "So many elements match.",
  shape: {
    target,
    count: z.int().min(0).max(100_000).meta({ title: "Count", description: "How many elements match" }),
    comparison: comparison.optional(),
  },
});
