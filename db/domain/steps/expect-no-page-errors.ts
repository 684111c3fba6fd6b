import { defineAssertion } from "./definition.ts";
import { patterns } from "./fields.ts";

export const expectNoPageErrors = defineAssertion({
  type: "expectNoPageErrors",
  title: "Expect no page errors",
  summary: "No script of the pages has failed with an error that nobody caught since the attempt began.",
  shape: { ignore: patterns("Ignore", "Errors that hold one of these, or match it with *").optional() },
});
