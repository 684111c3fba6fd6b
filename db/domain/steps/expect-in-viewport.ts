import { z } from "zod";
import { defineAssertion } from "./definition.ts";
import { target } from "./fields.ts";

export const expectInViewport = defineAssertion({
  type: "expectInViewport",
  title: "Expect in view",
  summary: "The element, or so much of it, is in the visible part of the page.",
  short: "target",
  shape: {
    target,
    ratio: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .meta({ title: "Share", description: "Of its area, such as 0.5; any part when not given" }),
  },
});
