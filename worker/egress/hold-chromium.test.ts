import { holdBrowser } from "./testing/hold-browser.ts";
import { stepWays } from "./testing/ways.ts";

holdBrowser({ title: "Chromium", name: "chromium", skip: false, steps: Object.keys(stepWays), tried: null });
