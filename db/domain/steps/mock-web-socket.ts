import { z } from "zod";
import { defineStep } from "./definition.ts";
import { text } from "./fields.ts";
import { contentFields, messageFault } from "./message-fields.ts";

const listMax = 50;
const messages = z.array(z.json()).max(listMax);

const answer = z
  .strictObject({ ...contentFields, send: messages.optional(), close: z.boolean().optional() })
  .superRefine((given, context) => {
    const fault =
      messageFault(given) ??
      (given.send === undefined && !given.close ? "say what the answer is: send, or close" : null);
    if (fault !== null) context.addIssue({ code: "custom", message: fault });
  });

export const mockWebSocket = defineStep({
  type: "mockWebSocket",
  title: "Mock WebSocket",
  group: "network",
  summary: "Takes the place of the server for WebSockets that the page opens from now on, by a script.",
  shape: {
    url: text("Address", "Part of the socket's address, or a pattern with *").min(1),
    greet: messages.optional().meta({
      title: "Greeting",
      description: "Messages as soon as it is open: texts as they are, all else as JSON",
      control: "json",
    }),
    answers: z.array(answer).max(listMax).optional().meta({
      title: "Answers",
      description:
        "The first one whose text or json is in what the page sends: its messages (send), or the end (close)",
      control: "json",
    }),
    refuse: z
      .boolean()
      .optional()
      .meta({ title: "Refuse", description: "The connection fails as if nobody were there" }),
  },
  rule: (step) =>
    step.refuse === true && (step.greet !== undefined || step.answers !== undefined)
      ? "a connection that is refused has no messages; give refuse, or greet and answers"
      : null,
});
