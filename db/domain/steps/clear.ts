import { defineStep } from "./definition.ts";
import { target } from "./fields.ts";

export const clear = defineStep({
  type: "clear",
  title: "Clear",
  group: "action",
  summary: "Empties a field.",
  short: "target",
  shape: { target },
});
