import { type ChildProcess, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserOptions } from "../../protocol.ts";
import type { Driver } from "../driver.ts";
import type { Started, StartOptions } from "../start.ts";
import { FirefoxBrowser } from "./browser.ts";
import { BidiConnection } from "./connection.ts";

/** Beyond what Firefox sets by itself when it is driven from outside. */
const preferences: Record<string, boolean | number | string> = {
  "remote.active-protocols": 1,
  // A page that was left is gone, as in Chromium.
  "browser.sessionhistory.max_total_viewers": 0,
  "fission.bfcacheInParent": false,
  // Nobody is there to answer.
  "permissions.default.geo": 2,
  "permissions.default.desktop-notification": 2,
  "permissions.default.camera": 2,
  "permissions.default.microphone": 2,
  "dom.disable_beforeunload": false,
  "dom.disable_open_during_load": false,
  "dom.max_script_run_time": 0,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.http.http3.enable": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.page": 0,
  // Not even for a moment: a new window is blank.
  "browser.newtabpage.enabled": false,
  "browser.newtab.preload": false,
  "browser.startup.homepage": "about:blank",
  // Each of several windows is to believe that it has the focus.
  "focusmanager.testmode": true,
  // A page hears of a press with the second button also while Shift is held.
  "dom.event.contextmenu.shift_suppresses_event": false,
  "browser.tabs.warnOnClose": false,
  "browser.download.useDownloadDir": true,
  "browser.download.alwaysOpenPanel": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "toolkit.telemetry.reportingpolicy.firstRun": false,
  "app.update.enabled": false,
  "extensions.update.enabled": false,
  // Content processes that wait for the next page cost memory and are none the fewer to start.
  "dom.ipc.processPrelaunch.fission.number": 1,
};

/** Nothing goes anywhere but by the proxy of a user context; what belongs to none has a proxy that is not there. */
const held: typeof preferences = {
  "network.proxy.type": 1,
  "network.proxy.http": "127.0.0.1",
  "network.proxy.http_port": 9,
  "network.proxy.ssl": "127.0.0.1",
  "network.proxy.ssl_port": 9,
  "network.proxy.no_proxies_on": "",
  // Else Firefox reaches this machine directly, and everything else when its proxy does not answer.
  "network.proxy.allow_hijacking_localhost": true,
  "network.proxy.failover_direct": false,
  // WebRTC sends packets that no proxy sees.
  "media.peerconnection.enabled": false,
  "network.dns.disablePrefetch": true,
  "network.dns.disablePrefetchFromHTTPS": true,
  "network.predictor.enabled": false,
  "network.prefetch-next": false,
  "network.http.speculative-parallel-limit": 0,
  "network.trr.mode": 5,
};

const outputCharsMax = 20_000;

/** Starts Firefox on the profile, headless or with a window, and takes the line that it opens on the loopback address. */
export async function startFirefox(start: StartOptions): Promise<Started> {
  const { options, profile, environment, tooLong } = start;
  const all = { ...preferences, ...(options.isHeld ? held : {}) };
  const lines = Object.entries(all).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  );
  await writeFile(join(profile, "user.js"), `${lines.join("\n")}\n`);
  const child = spawn(options.executablePath, flags(options, profile), {
    // A group of its own, which is killed as a whole.
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...environment,
      // Nobody sends its reports, and what they are made of would stay.
      MOZ_CRASHREPORTER_DISABLE: "1",
      TMPDIR: profile,
    },
  });
  try {
    const address = await addressOf(child, tooLong);
    const driver = await open(address, tooLong, true);
    return { driver, process: child };
  } catch (error) {
    killGroup(child);
    throw error;
  }
}

/** A Firefox that runs elsewhere. It is left, never ended. */
export async function connectFirefox(endpoint: string, tooLong: AbortSignal): Promise<Driver> {
  return open(endpoint, tooLong, false);
}

async function open(address: string, tooLong: AbortSignal, isOurs: boolean): Promise<Driver> {
  const connection = await BidiConnection.open(address, tooLong);
  const abort = () => connection.close();
  tooLong.addEventListener("abort", abort, { once: true });
  try {
    return await FirefoxBrowser.begin(connection, isOurs);
  } catch (error) {
    connection.close();
    throw error;
  } finally {
    tooLong.removeEventListener("abort", abort);
  }
}

function flags({ isHeaded = false }: BrowserOptions, profile: string): string[] {
  return [
    ...(isHeaded ? [] : ["--headless"]),
    "--no-remote",
    "--remote-debugging-port=0",
    "--profile",
    profile,
    "about:blank",
  ];
}

/** What Firefox says when it is up. @throws with its last words when it ends before */
function addressOf(child: ChildProcess, tooLong: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const abort = () => reject(tooLong.reason);
    tooLong.addEventListener("abort", abort, { once: true });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      reject(new Error(`it ended with ${signal ?? code} before it was up: ${said.slice(-1_000)}`));
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      // Read to the end of its life, or its pipe fills up and it stands still.
      if (said.length > outputCharsMax) return;
      said += String(chunk);
      const found = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(said);
      if (!found) return;
      said = " ".repeat(outputCharsMax + 1);
      tooLong.removeEventListener("abort", abort);
      resolve(`${found[1]}/session`);
    });
    child.stderr?.on("error", () => undefined);
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
