import { z } from "zod";
import { defineAssertion } from "./definition.ts";
import { locator, target } from "./fields.ts";

const masksMax = 50;

export const expectSnapshot = defineAssertion({
  type: "expectSnapshot",
  title: "Expect snapshot",
  summary:
    "The page, or an element, looks like the picture that was approved for this name, branch, browser and viewport. Without an approved picture the new one waits for approval.",
  shape: {
    target: target.optional().meta({
      title: "Target",
      description: "The element that is pictured; what the tab shows when not given",
      control: "target",
    }),
    fullPage: z.boolean().optional().meta({ title: "Full page", description: "Also what is below the fold" }),
    mask: z.array(locator).max(masksMax).optional().meta({
      title: "Mask",
      description: "Locators of what is painted over; each may match any number of elements",
      control: "list",
    }),
    threshold: z.number().min(0).max(1).optional().meta({
      title: "Threshold",
      description:
        "How different two pixels may look and still count as the same: 0 not at all, 1 black and white; 0.1 when not given",
      control: "number",
    }),
    maxDiffPixels: z.int().min(0).max(100_000_000).optional().meta({
      title: "Pixels that may differ",
      description: "0 when neither this nor a ratio is given; with both, both hold",
      control: "number",
    }),
    maxDiffRatio: z.number().min(0).max(1).optional().meta({
      title: "Ratio that may differ",
      description: "Of all pixels: 0.01 is one in a hundred",
      control: "number",
    }),
  },
  rule: (step) =>
    step.target !== undefined && step.fullPage !== undefined ? "give target or fullPage, not both" : null,
});
