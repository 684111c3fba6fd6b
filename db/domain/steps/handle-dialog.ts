import { z } from "zod";
import { defineStep } from "./definition.ts";
import { text } from "./fields.ts";

export const handleDialog = defineStep({
  type: "handleDialog",
  title: "Handle dialogs",
  group: "action",
  summary: "Says how the dialogs (alert, confirm, prompt) that open from now on are answered.",
  shape: {
    action: z
      .enum(["accept", "dismiss"])
      .meta({ title: "Answer", description: "Dialogs are dismissed when nothing is said" }),
    text: text("Text", "Typed into a prompt before it is accepted").optional(),
  },
  rule: (step) =>
    step.text !== undefined && step.action !== "accept"
      ? "text is typed only into a prompt that is accepted"
      : null,
});
