import { z } from "zod";
import { defineStep } from "./definition.ts";
import { headers, json, method, multiline, text } from "./fields.ts";

export const modifyResponse = defineStep({
  type: "modifyResponse",
  title: "Modify responses",
  group: "network",
  summary: "Changes the server's own answers to requests that match, from now on.",
  // Firefox gives an answer of ours instead of asking the server (mock); what the server has answered it lets nobody change.
  browsers: ["chromium"],
  shape: {
    url: text("Address", "Part of the address, or a pattern with *").min(1),
    method: method.optional(),
    status: z
      .int()
      .min(100)
      .max(599)
      .optional()
      .meta({ title: "Status", description: "Instead of the server's" }),
    headers: headers
      .optional()
      .meta({ title: "Headers", description: "Added, or instead of the server's", control: "json" }),
    patch: json.optional().meta({
      title: "Patch",
      description: "Merged into the JSON answer: objects key by key, null removes, all else replaces",
      control: "json",
    }),
    body: multiline("Body", "Instead of the server's").optional(),
    times: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .meta({ title: "Times", description: "Then answers stay as they are" }),
  },
  rule: (step) => {
    if (step.patch !== undefined && step.body !== undefined) return "give patch or body, not both";
    const changes = ["status", "headers", "patch", "body"].some((field) => step[field] !== undefined);
    return changes ? null : "say what to change: status, headers, patch or body";
  },
});
