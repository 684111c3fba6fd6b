import { type ShownIn, screenText } from "../../db/domain/devices.ts";

/** In what pages are shown: `1280 × 720`, or a device with its screen. */
export function Screen({ of }: { of: ShownIn }) {
  const { width, height, device } = of;
  return (
    <span title={device === undefined ? undefined : screenText({ width, height })}>{screenText(of)}</span>
  );
}
