import { defineStep } from "./definition.ts";
import { variableName } from "./fields.ts";
import { messageFault, messageFields } from "./message-fields.ts";

const ofMessage = ["direction", "text", "json", "as"];

export const waitForWebSocket = defineStep({
  type: "waitForWebSocket",
  title: "Wait for WebSocket",
  group: "network",
  summary:
    "Waits until the page has an open WebSocket or, when one is described, until a message has come or gone.",
  short: "url",
  shape: {
    ...messageFields,
    as: variableName
      .optional()
      .meta({ title: "As", description: "Variable that keeps the text of the message" }),
  },
  rule: (step) => {
    const isOfMessage = ofMessage.some((field) => step[field] !== undefined);
    if (step.url === undefined && !isOfMessage)
      return "say which socket, or which message: url, text or json";
    return messageFault(step);
  },
});
