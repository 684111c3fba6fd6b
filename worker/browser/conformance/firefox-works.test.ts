import { conformanceOnFirefox } from "./on-firefox.ts";

// In two files, which run beside each other: in Firefox a page is opened, and an act carried out, several times slower. One of each
// step here as well; all of them with VERDICT_ALL_CASES=1.
conformanceOnFirefox(["works"], process.env.VERDICT_ALL_CASES === "1" ? undefined : 1);
