import { conformanceOnFirefox } from "./on-firefox.ts";

// In two files, which run beside each other: in Firefox a page is opened, and an act carried out, several times slower.
conformanceOnFirefox(["works"]);
