import { z } from "zod";
import { defineStep } from "./definition.ts";
import { headers, json, method, multiline, text, variableName } from "./fields.ts";

const ways = ["equals", "contains", "matches", "count", "exists"] as const;

/** One thing that an answer must hold. */
const answerCheck = z
  .strictObject({
    path: z.string().min(1).max(500).optional(),
    header: z.string().min(1).max(200).optional(),
    equals: z.json().optional(),
    contains: z.string().max(2_000).optional(),
    matches: z.string().min(1).max(2_000).optional(),
    count: z.int().min(0).optional(),
    exists: z.boolean().optional(),
  })
  .superRefine((check, context) => {
    const given = ways.filter((way) => check[way] !== undefined);
    if ((check.path === undefined) === (check.header === undefined)) {
      context.addIssue({
        code: "custom",
        message: "say what to look at: path (in the JSON answer) or header",
      });
    } else if (given.length !== 1) {
      const message = `say how it is compared: one of ${ways.join(", ")}`;
      context.addIssue({ code: "custom", message });
    }
  });
export type AnswerCheck = z.output<typeof answerCheck>;

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
    expect: z.array(answerCheck).max(50).optional().meta({
      title: "Expect",
      description:
        "What the answer must hold: a path in its JSON or a header, and equals, contains, matches, count or exists",
      control: "json",
    }),
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
