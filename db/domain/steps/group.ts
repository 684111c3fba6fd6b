import { z } from "zod";
import { limits } from "../limits.ts";
import { defineStep } from "./definition.ts";
import { variableName } from "./fields.ts";
import { groupName } from "./nested.ts";

export const group = defineStep({
  type: "group",
  title: "Call group",
  group: "flow",
  summary: "Runs the steps of a reusable group of the project.",
  short: "group",
  shape: {
    group: groupName,
    with: z.record(variableName, z.string().max(limits.textBytesMax)).optional().meta({
      title: "With",
      description: "Values of the group's parameters by their names",
      control: "json",
    }),
  },
});
