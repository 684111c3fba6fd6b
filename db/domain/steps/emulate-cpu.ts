import { z } from "zod";
import { defineStep } from "./definition.ts";

export const emulateCpu = defineStep({
  type: "emulateCpu",
  title: "Emulate CPU",
  group: "environment",
  summary: "Makes the processor of the page as many times slower, as on a small telephone.",
  browsers: ["chromium"],
  short: "slowdown",
  shape: {
    slowdown: z
      .number()
      .min(1)
      .max(20)
      .meta({ title: "Slowdown", description: "4 is a quarter of the speed; 1 is the full speed again" }),
  },
});
