import { defineStep } from "./definition.ts";

export const reload = defineStep({
  type: "reload",
  title: "Reload",
  group: "navigation",
  summary: "Loads the page again.",
  shape: {},
});
