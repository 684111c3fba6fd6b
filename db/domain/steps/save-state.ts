import { defineStep } from "./definition.ts";
import { variableName } from "./fields.ts";

export const saveState = defineStep({
  type: "saveState",
  title: "Save sign-in state",
  group: "data",
  summary:
    "Keeps the cookies, and the local storage of the sites that are open, in a variable: later used instead of signing in.",
  short: "as",
  shape: { as: variableName },
});
