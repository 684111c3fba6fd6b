import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The headless shell first: it needs half the processor time of a full browser. */
const names = [
  "chrome-headless-shell",
  "chromium-headless-shell",
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
];

/** A browser on the PATH, or null. What else there may be, the set-up finds and names in PUPPETEER_EXECUTABLE_PATH. */
export function installedBrowser(path: string): string | null {
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable) ?? null;
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
