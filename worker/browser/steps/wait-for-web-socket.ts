import type { StepOf } from "../../../db/domain/steps/index.ts";
import { matchesAddress } from "../address.ts";
import { StepFailure } from "../failure.ts";
import type { StepBehaviour, StepContext } from "./behaviour.ts";
import { awaitMessage, listMessages, messageWords, recentSockets } from "./socket-messages.ts";

type Step = StepOf<"waitForWebSocket">;

const pollMs = 100;

export const waitForWebSocket: StepBehaviour<"waitForWebSocket"> = async (context, step) => {
  const isOfMessage = [step.direction, step.text, step.json, step.as].some((field) => field !== undefined);
  if (isOfMessage) await untilMessage(context, step);
  else await untilOpen(context, step);
  return {};
};

async function untilMessage(context: StepContext, step: Step): Promise<void> {
  const { found, seen } = await awaitMessage(context, step);
  if (found === null) {
    const message = `a ${messageWords(step)} did not come within ${context.deadline.timeoutMs} ms`;
    throw new StepFailure("timeout", message, listMessages(seen));
  }
  if (step.as === undefined) return;
  if (found.text === null) {
    throw new StepFailure(
      "no-body",
      `the message has ${found.bytes} bytes that are no text; it can't be kept`,
    );
  }
  context.setVariable(step.as, found.text);
}

async function untilOpen(context: StepContext, { url = "" }: Step): Promise<void> {
  const { deadline } = context;
  for (;;) {
    const isLast = deadline.isOver;
    const seen = await recentSockets(context);
    if (seen.open.some((address) => matchesAddress(url, address))) return;
    if (isLast) {
      const message = `no WebSocket to ${url} was open within ${deadline.timeoutMs} ms`;
      throw new StepFailure("timeout", message, listMessages(seen));
    }
    await deadline.sleep(pollMs);
  }
}
