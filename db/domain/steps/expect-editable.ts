import { defineAssertion } from "./definition.ts";
import { target } from "./fields.ts";

export const expectEditable = defineAssertion({
  type: "expectEditable",
  title: "Expect editable",
  summary: "The field can be written into.",
  short: "target",
  shape: { target },
});
