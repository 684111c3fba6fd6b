import { StepFailure } from "../failure.ts";
import type { StepBehaviour } from "./behaviour.ts";
import { awaitMessage, listMessages, messageWords, shown } from "./socket-messages.ts";

/** A message that an act sets off goes out, and is answered, within moments. */
const noneMs = 500;

export const expectWebSocketMessage: StepBehaviour<"expectWebSocketMessage"> = async (context, step) => {
  const { deadline } = context;
  const { found, seen } = await awaitMessage(context, step, step.not ? deadline.within(noneMs) : deadline);
  if ((found === null) === (step.not ?? false)) return {};
  if (found) {
    const message = `expected no ${messageWords(step)}, but it came: ${shown(found)}`;
    throw new StepFailure("assertion-failed", message);
  }
  throw new StepFailure(
    "assertion-failed",
    `expected a ${messageWords(step)}, none came (waited ${deadline.timeoutMs} ms)`,
    listMessages(seen),
  );
};
