import { defineStep } from "./definition.ts";

export const forward = defineStep({
  type: "forward",
  title: "Go forward",
  group: "navigation",
  summary: "Goes one entry forward in the history of the tab.",
  shape: {},
});
