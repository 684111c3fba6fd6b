import { defineStep } from "./definition.ts";
import { target, text } from "./fields.ts";

export const press = defineStep({
  type: "press",
  title: "Press key",
  group: "action",
  summary: "Presses a key or a combination such as Control+A.",
  short: "key",
  shape: {
    key: text("Key", "Enter, Tab, ArrowDown, a, Control+A").min(1),
    target: target.optional(),
  },
});
