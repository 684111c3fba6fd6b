import { z } from "zod";
import { defineAssertion } from "./definition.ts";
import { text, textMatch } from "./fields.ts";

export const expectCookie = defineAssertion({
  type: "expectCookie",
  title: "Expect cookie",
  summary:
    "A cookie of the present page's site, or of the domain that is named, is as given; with not: there is none such.",
  short: "cookie",
  shape: {
    cookie: text("Cookie", "Its name").min(1),
    value: text("Value", "The whole value; any when not given").optional(),
    match: textMatch
      .optional()
      .meta({ title: "Match", description: "How the value is compared; exact when not given" }),
    domain: text("Domain", "Whose it is, without the dot before it; the page's site when not given")
      .min(1)
      .optional(),
    path: text("Path", "For which it holds; any when not given").min(1).optional(),
    httpOnly: z
      .boolean()
      .optional()
      .meta({ title: "HTTP only", description: "Whether scripts of the page don't see it" }),
    secure: z
      .boolean()
      .optional()
      .meta({ title: "Secure", description: "Whether it is sent over https only" }),
    sameSite: z
      .enum(["Strict", "Lax", "None"])
      .optional()
      .meta({ title: "Same site", description: "Whether other sites' pages send it" }),
    session: z
      .boolean()
      .optional()
      .meta({ title: "Session", description: "Whether it ends with the browser, without a date of its own" }),
  },
  rule: (step) =>
    step.match !== undefined && step.value === undefined
      ? "match compares a value; give the value as well"
      : null,
});
