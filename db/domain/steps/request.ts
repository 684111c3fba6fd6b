import { z } from "zod";
import { defineStep } from "./definition.ts";
import { headers, json, method, multiline, text, variableName } from "./fields.ts";

export const request = defineStep({
  type: "request",
  title: "HTTP request",
  group: "network",
  summary: "Sends an HTTP request from the worker and checks the answer.",
  shape: {
    method,
    url: text("Address", "Absolute, or relative to the base URL").min(1),
    headers: headers.optional(),
    body: multiline("Body", "Sent as it is").optional(),
    json: json.optional(),
    status: z
      .int()
      .min(100)
      .max(599)
      .optional()
      .meta({ title: "Status", description: "Expected; any below 400 when not given" }),
    as: variableName.optional(),
    extract: text(
      "Extract",
      "Path in the JSON answer, such as data.items.0.id, kept instead of the whole body",
    ).optional(),
  },
  rule: (step) => {
    if (step.body !== undefined && step.json !== undefined) return "give body or json, not both";
    return step.extract !== undefined && step.as === undefined
      ? "extract needs as, the variable that keeps what is extracted"
      : null;
  },
});
