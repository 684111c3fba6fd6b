import { z } from "zod";
import { limits } from "../limits.ts";
import { defineStep } from "./definition.ts";
import { conditionSchema, target, variableName } from "./fields.ts";
import { nestedSteps } from "./nested.ts";

const ways = ["times", "while", "elements", "list"] as const;

export const repeat = defineStep({
  type: "repeat",
  title: "Repeat",
  group: "flow",
  summary:
    "Runs steps several times: a number of times, while a condition holds, or for each element or value.",
  nested: ["steps"],
  deferred: ["while"],
  shape: {
    times: z
      .int()
      .min(0)
      .max(limits.repeatTimesMax)
      .optional()
      .meta({ title: "Times", description: "How often" }),
    while: conditionSchema.optional().meta({
      title: "While",
      description: "A condition that is looked at before each round",
      control: "json",
    }),
    elements: target.optional().meta({
      title: "For each element",
      description: "Counted once, before the first round",
      control: "target",
    }),
    list: z
      .union([z.string().max(limits.textBytesMax), z.array(z.string().max(2_000)).max(limits.repeatTimesMax)])
      .optional()
      .meta({
        title: "For each value",
        description: "A list, or a text that is a JSON list or has a value in each line",
        control: "json",
      }),
    as: variableName
      .optional()
      .meta({ title: "As", description: "Variable with the present value or, of an element, its locator" }),
    indexAs: variableName
      .optional()
      .meta({ title: "Number as", description: "Variable with the number of the round, from 1" }),
    max: z
      .int()
      .min(1)
      .max(limits.repeatTimesMax)
      .optional()
      .meta({
        title: "At most",
        description: `More rounds than this are a failure; ${limits.repeatTimesDefault} when not given`,
      }),
    steps: nestedSteps("Steps", "What is repeated").min(1, "say what to repeat: at least one step"),
  },
  rule: (step) => {
    const given = ways.filter((way) => step[way] !== undefined);
    if (given.length !== 1) return "say how often: one of times, while, elements or list";
    const [way] = given;
    if (step.as !== undefined && (way === "times" || way === "while")) {
      return "as names what a round is about; it goes with elements or list (indexAs counts the rounds)";
    }
    return step.max !== undefined && way === "times" ? "times says how often; leave max out" : null;
  },
});
