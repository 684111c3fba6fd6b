import type { Device } from "../../db/domain/devices.ts";
import type { StepOf } from "../../db/domain/steps/index.ts";
import type { Session } from "./driver/session.ts";

export type Viewport = Omit<StepOf<"setViewport">, "type">;
export type Network = Omit<StepOf<"emulateNetwork">, "type">;

/** The screen of a telephone or a tablet. */
export function viewportOfDevice({ width, height, deviceScaleFactor }: Device): Viewport {
  return { width, height, deviceScaleFactor, mobile: true, touch: true };
}

/** What shows a page in a viewport. */
export function viewportCommands(session: Session, viewport: Viewport): Promise<unknown>[] {
  const { width, height, deviceScaleFactor = 1, mobile = false, touch = false } = viewport;
  const metrics = session.send("Emulation.setDeviceMetricsOverride", {
    width,
    height,
    deviceScaleFactor,
    mobile,
  });
  return touch ? [metrics, session.send("Emulation.setTouchEmulationEnabled", { enabled: true })] : [metrics];
}

/** What slows the network of a page down, or takes it away. */
export function networkCommand(session: Session, network: Network): Promise<unknown> {
  return session.send("Network.emulateNetworkConditions", {
    offline: network.offline ?? false,
    latency: network.latencyMs ?? 0,
    downloadThroughput: network.downloadBytesPerSecond ?? -1,
    uploadThroughput: network.uploadBytesPerSecond ?? -1,
  });
}
