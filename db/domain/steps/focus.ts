import { defineStep } from "./definition.ts";
import { target } from "./fields.ts";

export const focus = defineStep({
  type: "focus",
  title: "Focus",
  group: "action",
  summary: "Gives an element the focus.",
  short: "target",
  shape: { target },
});
