import { defineStep } from "./definition.ts";

export const closeTab = defineStep({
  type: "closeTab",
  title: "Close tab",
  group: "navigation",
  summary: "Closes the tab and goes on in the one before it.",
  shape: {},
});
