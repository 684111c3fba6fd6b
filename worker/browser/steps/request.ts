import { StepFailure } from "../failure.ts";
import { send } from "../http-request.ts";
import { checkAnswer, jsonOf, valueAt } from "./answer-checks.ts";
import type { StepBehaviour } from "./behaviour.ts";

const shownCharsMax = 1_000;

export const request: StepBehaviour<"request"> = async (context, step) => {
  const answer = await send(step, context.baseUrl, context.browser.httpWay, context.deadline);
  const isExpected = step.status === undefined ? answer.status < 400 : answer.status === step.status;
  if (!isExpected) {
    const wanted = step.status === undefined ? "a status below 400" : `the status ${step.status}`;
    throw new StepFailure(
      "unexpected-status",
      `${step.method} ${answer.url} answered ${answer.status}, not ${wanted}`,
      answer.body.slice(0, shownCharsMax),
    );
  }
  await checkAnswer(context, step.expect ?? [], answer);
  if (step.extract === undefined) {
    if (step.as !== undefined) context.setVariable(step.as, answer.body);
    return {};
  }
  const value = pick(answer.body, step.extract);
  if (step.as !== undefined) context.setVariable(step.as, value);
  return {};
};

/** @throws StepFailure `no-match` that says how far the path led. */
function pick(body: string, path: string): string {
  const found = valueAt(jsonOf(body), path);
  if ("missing" in found) throw new StepFailure("no-match", found.missing, body.slice(0, shownCharsMax));
  return typeof found.value === "string" ? found.value : JSON.stringify(found.value);
}
