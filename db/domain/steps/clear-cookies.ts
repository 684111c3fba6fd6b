import { defineStep } from "./definition.ts";
import { text } from "./fields.ts";

export const clearCookies = defineStep({
  type: "clearCookies",
  title: "Clear cookies",
  group: "data",
  summary: "Removes all cookies, or those of a name or a domain.",
  shape: {
    cookie: text("Cookie", "Only those of this name").min(1).optional(),
    domain: text("Domain", "Only those of this domain and what is below it").min(1).optional(),
  },
});
