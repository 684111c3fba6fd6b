import { accessSync, constants } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import puppeteer from "puppeteer";

const names = [
  "chromium-headless-shell",
  "chrome-headless-shell",
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
];

/** The browser that tests use: the one that is configured, installed, or in Puppeteer's cache. */
export async function findBrowser(): Promise<string> {
  const configured = process.env.PUPPETEER_EXECUTABLE_PATH;
  if (configured) return configured;
  const folders = (process.env.PATH ?? "").split(delimiter);
  for (const name of names) {
    const found = folders.map((folder) => join(folder, name)).find(isExecutable);
    if (found) return found;
  }
  const cached = await puppeteer.executablePath().catch(() => "");
  if (isExecutable(cached)) return cached;
  throw new Error("no Chromium is installed; set PUPPETEER_EXECUTABLE_PATH");
}

/** A Chromium that is not the headless shell, or null. */
export function findFullChromium(): string | null {
  const configured = process.env.VERDICT_CHROMIUM_PATH;
  if (configured) return configured;
  const folders = (process.env.PATH ?? "").split(delimiter);
  const full = names.filter((name) => !name.includes("headless"));
  return full.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable) ?? null;
}

/** Why tests on Firefox are skipped where there is none. */
export const noFirefox = "no Firefox is installed; set FIREFOX_PATH, or apt-get install firefox-esr";

/** The Firefox that tests use, or null. */
export function findFirefox(): string | null {
  const configured = process.env.FIREFOX_PATH;
  if (configured) return configured;
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = ["firefox-esr", "firefox"].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  );
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The same browser with more flags: a script, in a folder that the caller removes, that becomes it. */
export async function browserWithFlags(folder: string, flags: string): Promise<string> {
  const executablePath = await findBrowser();
  const name = /headless[-_]shell/.test(executablePath) ? "chrome-headless-shell" : "chrome";
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\nexec "${executablePath}" ${flags} "$@"\n`);
  await chmod(path, 0o755);
  return path;
}
