import { z } from "zod";
import { multiline, text, textMatch } from "./fields.ts";

/** What a message of a WebSocket holds. */
export const contentFields = {
  text: multiline("Text", "What it holds; any message when not given").min(1).optional(),
  match: textMatch
    .optional()
    .meta({ title: "Match", description: "How the text is compared; contains when not given" }),
  json: z.json().optional().meta({
    title: "JSON",
    description: "What it has in it as JSON; objects may have more",
    control: "json",
  }),
};

/** Which message of which socket is meant. */
export const messageFields = {
  url: text("Address", "Part of the socket's address, or a pattern with *; any socket when not given")
    .min(1)
    .optional(),
  direction: z
    .enum(["received", "sent"])
    .optional()
    .meta({ title: "Direction", description: "As the page sees it; received when not given" }),
  ...contentFields,
};

/** What is wrong with how a message is described, in words; null when nothing is. */
export function messageFault(step: Readonly<Record<string, unknown>>): string | null {
  if (step.text !== undefined && step.json !== undefined) return "give text or json, not both";
  return step.match !== undefined && step.text === undefined
    ? "match compares a text; give the text as well"
    : null;
}
