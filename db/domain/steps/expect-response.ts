import { z } from "zod";
import { defineAssertion } from "./definition.ts";
import { json, method, multiline, text } from "./fields.ts";

export const expectResponse = defineAssertion({
  type: "expectResponse",
  title: "Expect response",
  summary:
    "The page has got such an answer from a server since the last act; with not, it gets none until it is idle.",
  short: "url",
  shape: {
    url: text("Address", "Part of the address, or a pattern with *").min(1),
    method: method.optional(),
    status: z.int().min(100).max(599).optional().meta({ title: "Status", description: "Any when not given" }),
    body: multiline("Body", "A part of it").optional(),
    json: json.optional().meta({
      title: "JSON body",
      description: "An object may hold more than what is given here",
      control: "json",
    }),
  },
  rule: (step) => (step.body !== undefined && step.json !== undefined ? "give body or json, not both" : null),
});
