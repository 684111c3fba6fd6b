import { defineAssertion } from "./definition.ts";
import { text, textMatch } from "./fields.ts";

export const expectTitle = defineAssertion({
  type: "expectTitle",
  title: "Expect title",
  summary: "The page has the title.",
  short: "title",
  shape: {
    title: text("Title", "The whole title when no match is given"),
    match: textMatch.optional(),
  },
});
