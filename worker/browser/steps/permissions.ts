import { resolveHttpAddress } from "../address.ts";
import { sendWithin } from "../evaluate.ts";
import type { StepBehaviour } from "./behaviour.ts";

type Descriptor = { name: string; allowWithoutGesture?: boolean };

export const permissions: StepBehaviour<"permissions"> = async ({ browser, baseUrl, deadline }, step) => {
  const origin = step.origin === undefined ? "*" : resolveHttpAddress(step.origin, baseUrl).origin;
  const wanted = [
    ...(step.grant ?? []).map((name) => ({ permission: descriptor(name), state: "granted" as const })),
    ...(step.deny ?? []).map((name) => ({ permission: descriptor(name), state: "denied" as const })),
  ];
  if (wanted.length > 0) await sendWithin(deadline, browser.context.setPermission(origin, ...wanted));
  return {};
};

/** Chromium asks for writing in two ways, with and without a click before. */
function descriptor(name: string): Descriptor {
  return name === "clipboard-write" || name === "clipboard-read"
    ? { name, allowWithoutGesture: true }
    : { name };
}
