import { seek } from "../engine.ts";
import { StepFailure } from "../failure.ts";
import { release } from "../frames.ts";
import { matchInPage } from "../script.ts";
import { textOf } from "./answers.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const extract: StepBehaviour<"extract"> = async (context, step) => {
  const { browser, deadline } = context;
  const { tab } = browser;
  const act = { type: "read", attribute: step.attribute ?? null } as const;
  const found = await seek(tab, step.target, { kind: "act", act, position: null }, deadline);
  release(found.place);
  const text = textOf(found.answer);
  const value = step.pattern === undefined ? text : await matchInPage(tab, step.pattern, text, deadline);
  if (value === null) {
    throw new StepFailure("no-match", `/${step.pattern}/ does not match what was read`, text);
  }
  context.setVariable(step.as, value);
  return { target: found.target };
};
