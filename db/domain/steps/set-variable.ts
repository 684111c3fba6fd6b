import { defineStep } from "./definition.ts";
import { multiline, variableName } from "./fields.ts";

export const setVariable = defineStep({
  type: "setVariable",
  title: "Set variable",
  group: "data",
  summary: "Gives a variable a value for the rest of the attempt.",
  shape: {
    variable: variableName,
    value: multiline("Value", "May refer to other variables"),
  },
});
