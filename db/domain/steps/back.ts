import { defineStep } from "./definition.ts";

export const back = defineStep({
  type: "back",
  title: "Go back",
  group: "navigation",
  summary: "Goes one entry back in the history of the tab.",
  shape: {},
});
