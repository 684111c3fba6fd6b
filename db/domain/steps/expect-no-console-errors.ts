import { defineAssertion } from "./definition.ts";
import { patterns } from "./fields.ts";

export const expectNoConsoleErrors = defineAssertion({
  type: "expectNoConsoleErrors",
  title: "Expect no console errors",
  summary: "The pages have written no error to the console since the attempt began.",
  shape: { ignore: patterns("Ignore", "Lines that hold one of these, or match it with *").optional() },
});
