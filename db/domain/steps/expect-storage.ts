import { z } from "zod";
import { defineAssertion } from "./definition.ts";
import { multiline, text, textMatch } from "./fields.ts";

export const expectStorage = defineAssertion({
  type: "expectStorage",
  title: "Expect storage",
  summary:
    "The present page's site keeps something in its local or session storage; with not: it keeps nothing such.",
  short: "key",
  shape: {
    key: text("Key", "Its name").min(1),
    area: z
      .enum(["local", "session"])
      .optional()
      .meta({ title: "Storage", description: "local when not given" }),
    value: multiline("Value", "The whole of it; any when not given").optional(),
    match: textMatch
      .optional()
      .meta({ title: "Match", description: "How the value is compared; exact when not given" }),
    json: z.json().optional().meta({
      title: "JSON",
      description: "What the value has in it as JSON; objects may have more",
      control: "json",
    }),
  },
  rule: (step) => {
    if (step.value !== undefined && step.json !== undefined) return "give value or json, not both";
    return step.match !== undefined && step.value === undefined
      ? "match compares a value; give the value as well"
      : null;
  },
});
