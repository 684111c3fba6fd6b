import { defineStep } from "./definition.ts";
import { text } from "./fields.ts";

export const keyUp = defineStep({
  type: "keyUp",
  title: "Release key",
  group: "action",
  summary: "Releases a key that was held.",
  short: "key",
  shape: {
    key: text("Key", "Shift, Control, Alt, Meta or any other key").min(1),
  },
});
