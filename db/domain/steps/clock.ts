import { z } from "zod";
import { defineStep } from "./definition.ts";
import { timeText } from "./fields.ts";

export const clock = defineStep({
  type: "clock",
  title: "Clock",
  group: "environment",
  summary:
    "Takes the clock of the page in hand: stops it at a time, moves it on (timers run on the way), or lets it run again.",
  shape: {
    action: z.enum(["install", "advance", "resume"]).meta({
      title: "Action",
      description: "install stops the clock, advance moves it on, resume lets it run",
    }),
    time: timeText.optional().meta({
      title: "Time",
      description: "Where it stops, such as 2026-03-01T09:30:00Z; now when not given",
    }),
    ms: z
      .int()
      .min(0)
      .max(10 * 366 * 86_400_000)
      .optional()
      .meta({ title: "By (ms)", description: "How far it is moved on" }),
  },
  rule: (step) => {
    if (step.action === "advance") {
      if (step.time !== undefined) return "advance moves by ms, not to a time; install sets a time";
      return step.ms === undefined ? "say how far: ms" : null;
    }
    if (step.ms !== undefined) return "ms goes with advance";
    return step.action === "resume" && step.time !== undefined ? "time goes with install" : null;
  },
});
