import { z } from "zod";
import { defineStep } from "./definition.ts";
import { headers, json, method, multiline, text } from "./fields.ts";

const changes = ["headers", "removeHeaders", "body", "patch"];

export const modifyRequest = defineStep({
  type: "modifyRequest",
  title: "Modify requests",
  group: "network",
  summary: "Changes requests of the page that match on their way to the server, from now on.",
  parts: [{ field: "patch", what: "changing a part of a request's body", browsers: ["chromium"] }],
  shape: {
    url: text("Address", "Part of the address, or a pattern with *").min(1),
    method: method.optional(),
    headers: headers
      .optional()
      .meta({ title: "Headers", description: "Added, or instead of the page's", control: "json" }),
    removeHeaders: z
      .array(z.string().min(1).max(200))
      .max(50)
      .optional()
      .meta({ title: "Remove headers", description: "Names of headers that are left out", control: "list" }),
    body: multiline("Body", "Instead of the page's").optional(),
    patch: json.optional().meta({
      title: "Patch",
      description: "Merged into the JSON body: objects key by key, null removes, all else replaces",
      control: "json",
    }),
    times: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .meta({ title: "Times", description: "Then requests go as they are" }),
  },
  rule: (step) => {
    if (step.patch !== undefined && step.body !== undefined) return "give patch or body, not both";
    return changes.some((field) => step[field] !== undefined)
      ? null
      : "say what to change: headers, removeHeaders, body or patch";
  },
});
