import { z } from "zod";
import { defineStep } from "./definition.ts";

export const waitForIdle = defineStep({
  type: "waitForIdle",
  title: "Wait for network",
  group: "network",
  summary: "Waits until no request of the page has been under way for a while.",
  shape: {
    quietMs: z
      .int()
      .min(50)
      .max(60_000)
      .optional()
      .meta({ title: "Quiet (ms)", description: "How long; 500 when not given" }),
    requests: z.int().min(0).max(100).optional().meta({
      title: "Requests",
      description: "So many may be under way, such as one that polls; 0 when not given",
    }),
  },
});
