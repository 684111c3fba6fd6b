import { defineStep } from "./definition.ts";
import { conditionFault, conditionFields } from "./fields.ts";
import { nestedSteps } from "./nested.ts";

export const ifStep = defineStep({
  type: "if",
  title: "If",
  group: "flow",
  summary: "Runs steps only when a condition holds.",
  nested: ["then", "else"],
  shape: {
    ...conditionFields,
    // biome-ignore lint/suspicious/noThenProperty: the word of the language; a list is never taken for a promise
    then: nestedSteps("Then", "Steps that run when the condition holds").min(
      1,
      "say what to do: at least one step",
    ),
    else: nestedSteps("Else", "Steps that run when it does not").optional(),
  },
  rule: conditionFault,
});
