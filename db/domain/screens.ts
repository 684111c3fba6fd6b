import { z } from "zod";
import { deviceName } from "./devices.ts";

const size = { width: z.int().min(100).max(4096), height: z.int().min(100).max(4096) };

/** What an execution shows pages in. */
export const shownIn = z.strictObject({
  ...size,
  device: z.string().optional().meta({ description: "The device that it is the screen of" }),
});

export const device = deviceName.nullable().meta({
  description:
    "A telephone or tablet such as `iPhone 13` or `Pixel 5 landscape`: its screen, touch and user agent; null: none, whatever the project says",
});

export const projectDevice = deviceName.nullable().meta({
  description:
    "What its runs in Chromium show pages on where they don't say it, such as iPhone 13; null: a screen of 1280 x 720",
});
