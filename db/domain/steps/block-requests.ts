import { z } from "zod";
import { defineStep } from "./definition.ts";
import { patterns } from "./fields.ts";

export const blockRequests = defineStep({
  type: "blockRequests",
  title: "Block requests",
  group: "network",
  summary: "Lets requests of the page that match fail, from now on: trackers, pictures, fonts.",
  short: "urls",
  shape: {
    urls: patterns("Addresses", "Parts of the address, or patterns with *; any when not given").optional(),
    resourceTypes: z
      .array(z.enum(["image", "font", "stylesheet", "script", "media", "xhr", "fetch", "websocket", "other"]))
      .max(9)
      .optional()
      .meta({ title: "Kinds", description: "Of what is asked for; any when not given", control: "list" }),
  },
  rule: (step) =>
    step.urls === undefined && step.resourceTypes === undefined ? "say what: urls or resourceTypes" : null,
});
