import { conformanceOnFirefox } from "./on-firefox.ts";

// One of each step: waiting and the words of failures are the page's engine, which is the same in all browsers. All of them, in
// four minutes more, with VERDICT_ALL_CASES=1.
conformanceOnFirefox(["waits", "fails"], process.env.VERDICT_ALL_CASES === "1" ? undefined : 1);
