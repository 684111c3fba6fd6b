import type { ShownIn } from "../../db/domain/devices.ts";

/** In what pages are shown: `1280 × 720`, or a device with its screen. */
export function Screen({ of: { width, height, device } }: { of: ShownIn }) {
  const size = `${width} × ${height}`;
  return <span title={device === undefined ? undefined : size}>{device ?? size}</span>;
}
