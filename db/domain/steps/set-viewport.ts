import { z } from "zod";
import { defineStep } from "./definition.ts";

export const setViewport = defineStep({
  type: "setViewport",
  title: "Set viewport",
  group: "navigation",
  summary: "Changes the size of the page.",
  parts: [
    { field: "mobile", what: "a mobile viewport", browsers: ["chromium"] },
    { field: "touch", what: "touch", browsers: ["chromium"] },
  ],
  shape: {
    width: z.int().min(100).max(4096).meta({ title: "Width", description: "CSS pixels" }),
    height: z.int().min(100).max(4096).meta({ title: "Height", description: "CSS pixels" }),
    deviceScaleFactor: z
      .number()
      .min(0.5)
      .max(4)
      .optional()
      .meta({ title: "Scale", description: "Device pixels for one CSS pixel" }),
    mobile: z.boolean().optional().meta({ title: "Mobile", description: "The page sees a mobile browser" }),
    touch: z.boolean().optional().meta({ title: "Touch", description: "The page sees a touch screen" }),
  },
});
