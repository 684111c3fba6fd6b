import { z } from "zod";
import { defineAssertion } from "./definition.ts";
import { text, textMatch } from "./fields.ts";

export const expectDialog = defineAssertion({
  type: "expectDialog",
  title: "Expect dialog",
  summary: "The page has opened a dialog (alert, confirm, prompt) since the last act, with such a text.",
  short: "text",
  shape: {
    text: text("Text", "A part of what it says when no match is given; anything when not given").optional(),
    match: textMatch.optional(),
    kind: z
      .enum(["alert", "confirm", "prompt", "beforeunload"])
      .optional()
      .meta({ title: "Kind", description: "Any when not given" }),
  },
  rule: (step) =>
    step.match !== undefined && step.text === undefined ? "match says how a text is compared; give it" : null,
});
