import { defineAssertion } from "./definition.ts";
import { messageFault, messageFields } from "./message-fields.ts";

export const expectWebSocketMessage = defineAssertion({
  type: "expectWebSocketMessage",
  title: "Expect WebSocket message",
  summary:
    "A message came to the page over a WebSocket, or went out from it, since the last act; waited for if not yet.",
  short: "text",
  shape: messageFields,
  rule: messageFault,
});
