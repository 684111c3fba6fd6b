import { z } from "zod";
import { defineAssertion } from "./definition.ts";
import { target, text } from "./fields.ts";

export const expectClass = defineAssertion({
  type: "expectClass",
  title: "Expect class",
  summary: "The element has the classes.",
  shape: {
    target,
    class: text("Class", "One or several, parted by blanks").min(1),
    match: z.enum(["contains", "exact", "regex"]).optional().meta({
      title: "Match",
      description:
        "All of them among others (when not given), just these in any order, or a regular expression",
    }),
  },
});
