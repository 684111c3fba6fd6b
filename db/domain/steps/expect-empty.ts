import { defineAssertion } from "./definition.ts";
import { target } from "./fields.ts";

export const expectEmpty = defineAssertion({
  type: "expectEmpty",
  title: "Expect empty",
  summary: "The field holds nothing, or the element shows no text.",
  short: "target",
  shape: { target },
});
