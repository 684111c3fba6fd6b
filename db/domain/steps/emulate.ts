import { z } from "zod";
import { deviceNamed, unknownDevice } from "../devices.ts";
import { defineStep } from "./definition.ts";
import { text } from "./fields.ts";

const fields = [
  "device",
  "locale",
  "timezone",
  "colorScheme",
  "reducedMotion",
  "forcedColors",
  "media",
  "userAgent",
];

export const emulate = defineStep({
  type: "emulate",
  title: "Emulate",
  group: "environment",
  summary: "Changes what the page sees of its user: device, language, time zone, colours, motion, paper.",
  parts: [
    { field: "device", what: "a device", browsers: ["chromium"] },
    ...["colorScheme", "reducedMotion", "forcedColors", "media"].map((field) => ({
      field,
      what: "media features",
      browsers: ["chromium"] as const,
    })),
  ],
  shape: {
    device: z
      .string()
      .max(100)
      .superRefine((name, context) => {
        // A reference is looked up when the step runs.
        if (name.includes("{{") || deviceNamed(name)) return;
        context.addIssue({ code: "custom", message: unknownDevice(name) });
      })
      .optional()
      .meta({
        title: "Device",
        description:
          "A telephone or tablet such as iPhone 13 or Pixel 5 landscape: its screen, touch and user agent",
      }),
    locale: z
      .string()
      .regex(/^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$|\{\{/, "a locale is written like de-AT")
      .max(50)
      .optional()
      .meta({ title: "Locale", description: "Such as de-AT: of dates, numbers, and what servers are told" }),
    timezone: text("Time zone", "Such as Europe/Vienna").min(1).optional(),
    colorScheme: z
      .enum(["light", "dark", "no-preference"])
      .optional()
      .meta({ title: "Colour scheme", description: "What prefers-color-scheme says" }),
    reducedMotion: z
      .enum(["reduce", "no-preference"])
      .optional()
      .meta({ title: "Reduced motion", description: "What prefers-reduced-motion says" }),
    forcedColors: z
      .enum(["active", "none"])
      .optional()
      .meta({ title: "Forced colours", description: "What forced-colors says" }),
    media: z
      .enum(["screen", "print"])
      .optional()
      .meta({ title: "Medium", description: "Style sheets for print show on the screen" }),
    userAgent: text("User agent", "How the browser calls itself").min(1).optional(),
  },
  rule: (step) =>
    fields.every((field) => step[field] === undefined) ? `say what to change: ${fields.join(", ")}` : null,
});
