import { StepFailure } from "../failure.ts";
import { actAndSettle } from "../input.ts";
import { runScript } from "../script.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const evaluate: StepBehaviour<"evaluate"> = async (context, step) => {
  const { browser, deadline } = context;
  const { tab } = browser;
  let value: string | null = null;
  await actAndSettle(tab, deadline, async () => {
    value = await runScript(tab, step.script, deadline);
  });
  if (step.as === undefined) return {};
  if (value === null) {
    throw new StepFailure(
      "script-result",
      `the script gave nothing to keep in "${step.as}"; it needs a return`,
    );
  }
  context.setVariable(step.as, value);
  return {};
};
