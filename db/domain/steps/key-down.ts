import { defineStep } from "./definition.ts";
import { text } from "./fields.ts";

export const keyDown = defineStep({
  type: "keyDown",
  title: "Hold key",
  group: "action",
  summary: "Presses a key and holds it until it is released.",
  short: "key",
  shape: {
    key: text("Key", "Shift, Control, Alt, Meta or any other key").min(1),
  },
});
