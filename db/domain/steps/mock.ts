import { z } from "zod";
import { defineStep } from "./definition.ts";
import { headers, json, method, multiline, text } from "./fields.ts";

export const mock = defineStep({
  type: "mock",
  title: "Mock responses",
  group: "network",
  summary: "Answers the requests of the page that match, from now on, instead of the server.",
  shape: {
    url: text("Address", "Part of the address, or a pattern with *").min(1),
    method: method.optional(),
    status: z.int().min(100).max(599).optional().meta({ title: "Status", description: "200 when not given" }),
    headers: headers.optional(),
    body: multiline("Body", "Sent as it is").optional(),
    json: json.optional(),
    abort: z
      .boolean()
      .optional()
      .meta({ title: "Block", description: "The request fails as if the network were down" }),
    times: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .meta({ title: "Times", description: "Then requests pass again" }),
  },
  rule: (step) => (step.body !== undefined && step.json !== undefined ? "give body or json, not both" : null),
});
