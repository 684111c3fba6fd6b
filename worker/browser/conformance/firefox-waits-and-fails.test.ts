import { conformanceOnFirefox } from "./on-firefox.ts";

conformanceOnFirefox(["waits", "fails"]);
