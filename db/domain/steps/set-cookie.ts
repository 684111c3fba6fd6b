import { z } from "zod";
import { defineStep } from "./definition.ts";
import { text } from "./fields.ts";

export const setCookie = defineStep({
  type: "setCookie",
  title: "Set cookie",
  group: "data",
  summary: "Sets a cookie, of the present page's site unless another one is named.",
  shape: {
    cookie: text("Cookie", "Its name").min(1),
    value: text("Value", "Its value"),
    url: text("Address", "Of the site that it is for; absolute, or relative to the base URL")
      .min(1)
      .optional(),
    domain: text(
      "Domain",
      "Instead of the site; one that begins with a dot holds for its subdomains",
    ).optional(),
    path: text("Path", "/ when not given").optional(),
    httpOnly: z
      .boolean()
      .optional()
      .meta({ title: "HTTP only", description: "Scripts of the page don't see it" }),
    secure: z.boolean().optional().meta({ title: "Secure", description: "Sent over https only" }),
    sameSite: z
      .enum(["Strict", "Lax", "None"])
      .optional()
      .meta({ title: "Same site", description: "Whether other sites' pages send it" }),
    expiresInSeconds: z
      .number()
      .min(1)
      .max(400 * 86_400)
      .optional()
      .meta({ title: "Expires in (s)", description: "It ends with the attempt in any case" }),
  },
  rule: (step) =>
    step.url !== undefined && step.domain !== undefined ? "give url or domain, not both" : null,
});
