import { z } from "zod";
import { defineStep } from "./definition.ts";
import { target } from "./fields.ts";

export const select = defineStep({
  type: "select",
  title: "Select option",
  group: "action",
  summary: "Chooses options of a select element by value or label.",
  shape: {
    target,
    value: z.union([z.string().max(2_000), z.array(z.string().max(2_000)).max(100)]).meta({
      title: "Option",
      description: "The value or the label of an option, or a list of them",
      control: "text",
    }),
  },
});
