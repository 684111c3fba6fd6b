import { StepFailure } from "../../../failure.ts";
import { nothing, type Table } from "./table.ts";

/** The schema tells it before a test is run; this is for what comes by a variable. */
function chromiumOnly(what: string): StepFailure {
  return new StepFailure("not-in-this-browser", `${what}: Chromium only`);
}

export const settingCommands: Table<
  | "Browser.getVersion"
  | "Emulation.setCPUThrottlingRate"
  | "Emulation.setDeviceMetricsOverride"
  | "Emulation.setEmulatedMedia"
  | "Emulation.setFocusEmulationEnabled"
  | "Emulation.setGeolocationOverride"
  | "Emulation.setLocaleOverride"
  | "Emulation.setTimezoneOverride"
  | "Emulation.setTouchEmulationEnabled"
  | "Emulation.setUserAgentOverride"
> = {
  "Browser.getVersion": async ({ page }) => ({ userAgent: page.context.browser.userAgent }),
  "Emulation.setFocusEmulationEnabled": nothing,
  "Emulation.setCPUThrottlingRate": () => Promise.reject(chromiumOnly("a slower processor")),
  "Emulation.setTouchEmulationEnabled": async (_session, { enabled }) => {
    if (enabled) throw chromiumOnly("touch");
  },
  "Emulation.setDeviceMetricsOverride": async ({ page, connection }, metrics) => {
    const { width, height, deviceScaleFactor, mobile } = metrics;
    if (mobile) throw chromiumOnly("a mobile viewport");
    page.viewport = { width, height };
    await connection.send("browsingContext.setViewport", {
      context: page.id,
      viewport: { width, height },
      devicePixelRatio: deviceScaleFactor || null,
    });
  },
  "Emulation.setEmulatedMedia": async (_session, { media = "", features = [] }) => {
    if (media !== "" || features.length > 0) throw chromiumOnly("media features");
  },
  "Emulation.setGeolocationOverride": async ({ page, connection }, { latitude, longitude, accuracy }) => {
    await connection.send("emulation.setGeolocationOverride", {
      coordinates: { latitude: latitude ?? 0, longitude: longitude ?? 0, accuracy: accuracy ?? 1 },
      contexts: [page.id],
    });
  },
  "Emulation.setLocaleOverride": async ({ page, connection }, { locale }) => {
    await connection.send("emulation.setLocaleOverride", { locale: locale ?? null, contexts: [page.id] });
  },
  "Emulation.setTimezoneOverride": async ({ page, connection }, { timezoneId }) => {
    const timezone = timezoneId || null;
    await connection.send("emulation.setTimezoneOverride", { timezone, contexts: [page.id] });
  },
  "Emulation.setUserAgentOverride": async ({ page, connection }, { userAgent }) => {
    await connection.send("emulation.setUserAgentOverride", {
      userAgent: userAgent === page.context.browser.userAgent ? null : userAgent,
      contexts: [page.id],
    });
  },
};
