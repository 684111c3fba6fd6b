import type { StepOf } from "../../../db/domain/steps/index.ts";
import { StepFailure } from "../failure.ts";
import type { SeenResponse } from "../witness.ts";
import type { StepBehaviour, StepContext } from "./behaviour.ts";
import { isAlike } from "./json-alike.ts";
import { isAt, isWanted, listResponses, recentResponses, responseWords } from "./responses.ts";

/** Without a request for so long, none is to be expected any more. */
const quietMs = 500;
const shownCharsMax = 500;

export const expectResponse: StepBehaviour<"expectResponse"> = async (context, step) => {
  if (step.not) return expectNone(context, step);
  const { witness } = context.browser;
  const { deadline } = context;
  const find = () => recentResponses(witness).find((response) => fits(step, response)) ?? null;
  if (await witness.until(find, deadline)) return {};
  const recent = recentResponses(witness);
  const atAddress = recent.filter((response) => isAt(step.url, response));
  const sameHead = atAddress.filter((response) => isWanted(step, response));
  throw new StepFailure(
    "assertion-failed",
    `expected ${responseWords(step)}${bodyWords(step)}, ${gotWords(atAddress, sameHead)} (waited ${deadline.timeoutMs} ms)`,
    listResponses(recent, step),
  );
};

async function expectNone({ browser, deadline }: StepContext, step: StepOf<"expectResponse">) {
  const { witness } = browser;
  const find = () => recentResponses(witness).find((response) => fits(step, response)) ?? null;
  const look = () => find() ?? (witness.quietMs(0) >= quietMs ? "quiet" : null);
  const found = await witness.until(look, deadline);
  if (found === null || found === "quiet") return {};
  const message = `expected no ${responseWords(step).slice(2)}${bodyWords(step)}, but it came: ${found.status} ${found.method} ${found.url}`;
  throw new StepFailure("assertion-failed", message);
}

function fits(step: StepOf<"expectResponse">, response: SeenResponse): boolean {
  if (!isWanted(step, response)) return false;
  if (step.body === undefined && step.json === undefined) return true;
  if (typeof response.body !== "string") return false;
  if (step.body !== undefined) return response.body.includes(step.body);
  try {
    return isAlike(JSON.parse(response.body), step.json);
  } catch {
    return false;
  }
}

function bodyWords({ body, json }: StepOf<"expectResponse">): string {
  if (body !== undefined) return ` with "${body.slice(0, 200)}" in its body`;
  return json === undefined ? "" : ` with ${JSON.stringify(json).slice(0, 200)} in its body`;
}

function gotWords(atAddress: readonly SeenResponse[], sameHead: readonly SeenResponse[]): string {
  const [other] = sameHead;
  if (other) {
    if (typeof other.body !== "string") return "got one whose body was not kept";
    return `got the body ${other.body.slice(0, shownCharsMax) || "(empty)"}`;
  }
  if (atAddress.length === 0) return "got none at this address";
  return `got ${[...new Set(atAddress.map(({ status, method }) => `${status} to ${method}`))].join(", ")}`;
}
