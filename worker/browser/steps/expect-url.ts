import { expectPage } from "./asserting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const expectUrl: StepBehaviour<"expectUrl"> = (context, step) => {
  const match = step.match ?? (step.url.includes("*") ? "pattern" : "exact");
  return expectPage(context, { kind: "url", expected: { url: step.url, match }, not: step.not ?? false });
};
