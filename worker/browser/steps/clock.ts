import { sendWithin } from "../evaluate.ts";
import { StepFailure } from "../failure.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const clock: StepBehaviour<"clock"> = async ({ browser, deadline }, step) => {
  const { emulation, openTabs } = browser;
  const { time } = emulation;
  if (step.action === "install") {
    const at = step.time === undefined ? Date.now() : Date.parse(step.time);
    if (Number.isNaN(at)) {
      throw new StepFailure("invalid-time", `"${step.time}" is no time; write it like 2026-03-01T09:30:00Z`);
    }
    await sendWithin(deadline, emulation.setClock({ time: at, runsSince: null }, openTabs));
    return {};
  }
  if (!emulation.isClockInstalled) {
    throw new StepFailure(
      "no-clock",
      `there is no clock to ${step.action}; a clock step with action install comes first`,
    );
  }
  const next =
    step.action === "advance"
      ? { time: time + (step.ms ?? 0), runsSince: null }
      : { time, runsSince: Date.now() };
  await sendWithin(deadline, emulation.setClock(next, openTabs));
  return {};
};
