import { z } from "zod";
import { type ShownIn, screenText, shownInDevice } from "./devices.ts";
import { invalidInput } from "./errors.ts";
import { limits } from "./limits.ts";
import { type BrowserName, browserNames, browserTitles } from "./steps/definition.ts";

/** In which browsers and on which screens the cases of a run are carried out: each case once in each cell. */

export const viewportSchema = z.strictObject(
  { width: z.int().min(100).max(4096), height: z.int().min(100).max(4096) },
  { error: ({ code }) => (code === "invalid_type" ? "a width and a height such as 1280x720" : undefined) },
);
export type Viewport = z.output<typeof viewportSchema>;

export type Cell = { browser: BrowserName; viewport: ShownIn };

export const defaultBrowsers: BrowserName[] = ["chromium"];
export const defaultViewport: Viewport = { width: 1280, height: 720 };

/** Screens that forms offer; any other size can be written. */
export const screens: readonly (Viewport & { title: string })[] = [
  { title: "Desktop", ...defaultViewport },
  { title: "Large desktop", width: 1920, height: 1080 },
  { title: "Tablet", width: 768, height: 1024 },
  { title: "Phone", width: 390, height: 844 },
];

export const browsersSchema = z
  .array(z.enum(browserNames))
  .min(1, "choose at least one browser")
  .max(20)
  .transform((list) => browserNames.filter((name) => list.includes(name)))
  .meta({ description: "Each case runs in each of them" });

export const viewportsSchema = z
  .array(viewportSchema)
  .min(1, "choose at least one screen")
  .max(limits.viewportsPerSuiteMax)
  .transform((list) => [...new Map(list.map((viewport) => [sizeOf(viewport), viewport])).values()])
  .meta({ description: "Each case runs on a page of each of these sizes, in CSS pixels" });

type Asked = {
  browsers: readonly BrowserName[];
  viewports?: readonly Viewport[] | undefined;
  /** Null: none, whatever the project says. */
  device?: string | null | undefined;
};

/**
 * Every browser with every screen, browser by browser: the screen of a device or the sizes that a run was asked for, or those that
 * are `kept` for it. Where nobody has chosen a size, the device of the project stands in Chromium, which alone can show one.
 * @throws AppError `invalid-input` when both a device and sizes are asked for
 */
export function screensFor(
  { browsers, viewports, device }: Asked,
  project: { device: string | null },
  kept: readonly Viewport[] = [defaultViewport],
): Cell[] {
  if (device && viewports) {
    throw invalidInput([{ path: "device", message: "say either a device or sizes of screens" }]);
  }
  const isUsual = !viewports && kept.every((one) => sizeOf(one) === sizeOf(defaultViewport));
  return browsers.flatMap((browser) => {
    const usual = isUsual && browser === "chromium" ? project.device : null;
    const screen = shownInDevice((device === undefined ? usual : device) ?? "");
    const shown: readonly ShownIn[] = screen ? [screen] : (viewports ?? kept);
    return shown.map((viewport) => ({ browser, viewport }));
  });
}

/** `390x844`, as addresses and command lines say it. */
export function sizeOf({ width, height }: Viewport): string {
  return `${width}x${height}`;
}

const size = /^(\d{1,5}) ?[x×] ?(\d{1,5})$/;

/** What `sizeOf` wrote, or null for what is no size; whether it is one that pages can have, the schema says. */
export function viewportOf(text: string): Viewport | null {
  const [, width, height] = size.exec(text.trim()) ?? [];
  return width && height ? { width: Number(width), height: Number(height) } : null;
}

export function cellKey({ browser, viewport }: Cell): string {
  return `${browser} ${sizeOf(viewport)}`;
}

/** "Firefox 390 × 844", "Chromium iPhone 13" */
export function cellTitle({ browser, viewport }: Cell): string {
  return `${browserTitles[browser]} ${screenText(viewport)}`;
}
