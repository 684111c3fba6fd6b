import { z } from "zod";
import { defineStep } from "./definition.ts";

export const geolocation = defineStep({
  type: "geolocation",
  title: "Set location",
  group: "environment",
  summary: "Tells pages where on earth they are, and lets them ask.",
  shape: {
    latitude: z.number().min(-90).max(90).meta({ title: "Latitude", description: "Degrees north" }),
    longitude: z.number().min(-180).max(180).meta({ title: "Longitude", description: "Degrees east" }),
    accuracy: z
      .number()
      .min(0)
      .optional()
      .meta({ title: "Accuracy", description: "Metres; 1 when not given" }),
  },
});
