import { defineStep } from "./definition.ts";
import { target } from "./fields.ts";

export const blur = defineStep({
  type: "blur",
  title: "Take focus away",
  group: "action",
  summary: "Takes the focus away from an element, as if the person had gone elsewhere.",
  short: "target",
  shape: { target },
});
