import { z } from "zod";
import { defineStep } from "./definition.ts";
import { comparison, multiline, target, text } from "./fields.ts";

export const waitFor = defineStep({
  type: "waitFor",
  title: "Wait for",
  group: "action",
  summary: "Waits for an element, an address, a condition in the page, or a time.",
  short: "target",
  shape: {
    target: target.optional(),
    state: z
      .enum(["visible", "hidden", "attached", "detached"])
      .optional()
      .meta({ title: "State", description: "Of the element; visible when not given" }),
    count: z
      .int()
      .min(0)
      .max(100_000)
      .optional()
      .meta({ title: "Count", description: "How many elements match" }),
    comparison: comparison.optional(),
    attributes: z
      .record(z.string(), z.string())
      .optional()
      .meta({ title: "Attributes", description: "That the element must have", control: "json" }),
    properties: z
      .record(z.string(), z.json())
      .optional()
      .meta({ title: "Properties", description: "That the element must have in the page", control: "json" }),
    url: text("Address", "Part of the address, or a pattern with *").optional(),
    function: multiline("Condition", "JavaScript in the page; waits until it is true").optional(),
    ms: z
      .int()
      .min(0)
      .max(60_000)
      .optional()
      .meta({ title: "Time (ms)", description: "Better to wait for something seen" }),
  },
  rule: (step) => {
    const has = (field: string) => step[field] !== undefined;
    if (!["target", "url", "function", "ms"].some(has)) {
      return "say what to wait for: target, url, function or ms";
    }
    const stray = ["state", "count", "comparison", "attributes", "properties"].find(has);
    return stray && !has("target") ? `${stray} says something about a target; give the target as well` : null;
  },
});
