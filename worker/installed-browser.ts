import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type BrowserName, browserNames } from "../db/domain/steps/definition.ts";
import type { BrowserOptions } from "./browser/protocol.ts";

/** Chromium's headless shell first: it needs half the processor time of a full browser. */
const programs: Record<BrowserName, readonly string[]> = {
  chromium: [
    "chrome-headless-shell",
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
  ],
  firefox: ["firefox-esr", "firefox"],
};

/** A browser that a worker has, here or elsewhere. */
export type BrowserOffer = Omit<BrowserOptions, "name" | "profilesDirectory">;

/** A browser on the PATH, or null. What else there may be, the set-up finds and names in the environment. */
export function installedBrowser(name: BrowserName, path: string): string | null {
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  const candidates = programs[name].flatMap((program) => folders.map((folder) => join(folder, program)));
  return candidates.find(isExecutable) ?? null;
}

/** Which browsers a worker has, by their names. */
export function offersOf(options: {
  browser: BrowserOffer | null;
  firefox?: BrowserOffer | null;
}): [BrowserName, BrowserOffer][] {
  const offers = { chromium: options.browser, firefox: options.firefox ?? null };
  return browserNames.flatMap((name): [BrowserName, BrowserOffer][] => {
    const offer = offers[name];
    return offer === null ? [] : [[name, offer]];
  });
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
