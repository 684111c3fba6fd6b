import { z } from "zod";
import { defineStep } from "./definition.ts";
import { target, text } from "./fields.ts";

export const dispatchEvent = defineStep({
  type: "dispatchEvent",
  title: "Dispatch event",
  group: "action",
  summary: "Sends an event to an element as a script would: nothing is waited for but the element.",
  shape: {
    target,
    event: text("Event", "Its name, such as input or my-event").min(1),
    init: z.record(z.string().max(100), z.json()).optional().meta({
      title: "Fields",
      description: "Of the event, such as detail, key or clientX",
      control: "json",
    }),
  },
});
