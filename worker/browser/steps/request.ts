import { StepFailure } from "../failure.ts";
import { send } from "../http-request.ts";
import type { StepBehaviour } from "./behaviour.ts";

const shownCharsMax = 1_000;

export const request: StepBehaviour<"request"> = async (context, step) => {
  const answer = await send(step, context.baseUrl, context.deadline);
  const isExpected = step.status === undefined ? answer.status < 400 : answer.status === step.status;
  if (!isExpected) {
    const wanted = step.status === undefined ? "a status below 400" : `the status ${step.status}`;
    throw new StepFailure(
      "unexpected-status",
      `${step.method} ${answer.url} answered ${answer.status}, not ${wanted}`,
      answer.body.slice(0, shownCharsMax),
    );
  }
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
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new StepFailure("no-match", "the answer is no JSON", body.slice(0, shownCharsMax));
  }
  const walked: string[] = [];
  for (const key of path.split(".")) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, key)) {
      const at = walked.length > 0 ? `at ${walked.join(".")}` : "at the top";
      throw new StepFailure("no-match", `the answer has no "${key}" ${at}`, body.slice(0, shownCharsMax));
    }
    value = (value as Record<string, unknown>)[key];
    walked.push(key);
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}
