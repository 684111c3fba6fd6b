import { z } from "zod";
import { limits } from "../limits.ts";
import { defineStep } from "./definition.ts";

export const useState = defineStep({
  type: "useState",
  title: "Use sign-in state",
  group: "data",
  summary:
    "Sets the cookies and the local storage that a saveState step has kept. Playwright's format is read as well.",
  short: "state",
  shape: {
    state: z
      .string()
      .min(1)
      .max(limits.savedStateBytesMax)
      .meta({ title: "State", description: "Usually {{name}} of the variable", control: "multiline" }),
  },
});
