import { z } from "zod";
import { defineStep } from "./definition.ts";

export const emulateNetwork = defineStep({
  type: "emulateNetwork",
  title: "Emulate network",
  group: "network",
  parts: ["downloadBytesPerSecond", "uploadBytesPerSecond", "latencyMs"].map((field) => ({
    field,
    what: "throttling",
    browsers: ["chromium"],
  })),
  summary: "Slows the network of the page down or takes it away.",
  shape: {
    offline: z.boolean().optional().meta({ title: "Offline", description: "No network at all" }),
    downloadBytesPerSecond: z
      .number()
      .min(0)
      .optional()
      .meta({ title: "Download", description: "Bytes per second" }),
    uploadBytesPerSecond: z
      .number()
      .min(0)
      .optional()
      .meta({ title: "Upload", description: "Bytes per second" }),
    latencyMs: z
      .number()
      .min(0)
      .max(60_000)
      .optional()
      .meta({ title: "Latency (ms)", description: "Added to each request" }),
  },
});
