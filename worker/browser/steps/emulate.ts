import { type Device, deviceNamed, unknownDevice } from "../../../db/domain/devices.ts";
import { sendWithin } from "../evaluate.ts";
import { StepFailure } from "../failure.ts";
import { viewportOfDevice } from "../screen-and-network.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const emulate: StepBehaviour<"emulate"> = async ({ browser, deadline }, step) => {
  const device = step.device === undefined ? null : known(step.device);
  if (device) await sendWithin(deadline, browser.setViewport(viewportOfDevice(device)));
  const userAgent = step.userAgent ?? device?.userAgent;
  await sendWithin(deadline, browser.emulation.emulate({ ...step, userAgent }));
  return {};
};

/** A name that comes by a reference was not looked at before. */
function known(name: string): Device {
  const device = deviceNamed(name);
  if (device) return device;
  throw new StepFailure("invalid-emulation", unknownDevice(name));
}
