import { defineAssertion } from "./definition.ts";
import { text, textMatch } from "./fields.ts";

export const expectUrl = defineAssertion({
  type: "expectUrl",
  title: "Expect address",
  summary: "The page has the address.",
  short: "url",
  shape: {
    url: text("Address", "Whole; from / on the path of any host; * stands for anything").min(1),
    match: textMatch.optional(),
  },
});
