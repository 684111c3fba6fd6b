import { findFirefox, noFirefox } from "../browser/testing/find-browser.ts";
import { holdBrowser } from "./testing/hold-browser.ts";

holdBrowser({
  title: "Firefox",
  name: "firefox",
  skip: findFirefox() === null && noFirefox,
  // A window for each spelling takes it seconds: pages try them all, steps a few.
  steps: ["goto", "redirect"],
  tried: ["127.0.0.1", "2130706433", "[::1]", "foo.localhost", "127-0-0-1.rebound.test", "169.254.169.254"],
});
