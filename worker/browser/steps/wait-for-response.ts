import { StepFailure } from "../failure.ts";
import type { StepBehaviour } from "./behaviour.ts";
import { isWanted, listResponses, recentResponses, responseWords } from "./responses.ts";

const valueCharsMax = 100_000;

export const waitForResponse: StepBehaviour<"waitForResponse"> = async (context, step) => {
  const { witness } = context.browser;
  const needsBody = step.as !== undefined;
  const find = () =>
    recentResponses(witness).find(
      (response) => isWanted(step, response) && !(needsBody && response.body === undefined),
    ) ?? null;
  const found = await witness.until(find, context.deadline);
  if (!found) {
    const message = `${responseWords(step)} did not come within ${context.deadline.timeoutMs} ms`;
    throw new StepFailure("timeout", message, listResponses(recentResponses(witness), step));
  }
  if (step.as === undefined) return {};
  if (typeof found.body !== "string" || found.body.length > valueCharsMax) {
    throw new StepFailure("no-body", `the body of ${found.url} was not kept: it is no text, or too large`);
  }
  context.setVariable(step.as, found.body);
  return {};
};
