import { z } from "zod";
import { defineStep } from "./definition.ts";
import { method, text, variableName } from "./fields.ts";

export const waitForResponse = defineStep({
  type: "waitForResponse",
  title: "Wait for response",
  group: "network",
  summary: "Waits until the page has got an answer from a server; one that came since the last act counts.",
  short: "url",
  shape: {
    url: text("Address", "Part of the address, or a pattern with *").min(1),
    method: method.optional(),
    status: z.int().min(100).max(599).optional().meta({ title: "Status", description: "Any when not given" }),
    as: variableName.optional().meta({ title: "As", description: "Variable that keeps the body" }),
  },
});
