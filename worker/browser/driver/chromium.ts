import type { Browser, BrowserContext, CDPSession, Page, Target } from "puppeteer";
import type { ProxyPlan } from "../protocol.ts";
import type { Driver, DriverContext, DriverPage } from "./driver.ts";
import type { Session } from "./session.ts";

/** Chromium by Puppeteer, whose sessions speak our commands as they are. */
export async function chromiumDriver(browser: Browser, close: () => Promise<void>): Promise<Driver> {
  return {
    name: "chromium",
    notRecorded: "",
    version: await browser.version(),
    get isConnected() {
      return browser.connected;
    },
    onLost: (listener) => void browser.once("disconnected", listener),
    openContext: async (downloadPath, proxy) => {
      const context = await browser.createBrowserContext({
        ...(proxy === null ? {} : proxyOf(proxy)),
        downloadBehavior:
          downloadPath === null ? { policy: "deny" } : { policy: "allowAndName", downloadPath },
      });
      return contextOf(context);
    },
    close,
  };
}

/** By itself Chromium reaches this machine and link-local addresses, metadata among them, directly: `<-loopback>` takes that back. */
function proxyOf({ address, direct }: ProxyPlan): { proxyServer: string; proxyBypassList: string[] } {
  return { proxyServer: `http://${address}`, proxyBypassList: ["<-loopback>", ...direct] };
}

function contextOf(context: BrowserContext): DriverContext {
  /** Pages that we open ourselves are announced as well. */
  let opening = 0;
  return {
    id: context.id,
    newPage: async () => {
      opening++;
      try {
        return pageOf(await context.newPage());
      } finally {
        opening--;
      }
    },
    onPage: (listener) => {
      const known = new WeakSet<Target>(context.targets());
      context.on("targetcreated", (target: Target) => {
        if (target.type() !== "page" || opening > 0 || known.has(target)) return;
        known.add(target);
        target.page().then(
          (page) => page && listener(pageOf(page)),
          // It closed while we looked at it.
          () => undefined,
        );
      });
    },
    cookies: () => context.cookies(),
    setCookie: (...cookies) => context.setCookie(...cookies),
    deleteCookie: (...cookies) => context.deleteCookie(...cookies),
    setPermission: (origin, ...permissions) => context.setPermission(origin, ...permissions),
    close: () => context.close(),
  };
}

function pageOf(page: Page): DriverPage {
  let session: Promise<CDPSession> | null = null;
  const open = () => {
    session ??= page.createCDPSession();
    return session;
  };
  return {
    keyboard: page.keyboard as DriverPage["keyboard"],
    url: () => page.url(),
    openSession: async () => sessionOf(await open()),
    onClose: (listener) => void page.once("close", listener),
    close: () => page.close(),
    travel: async (by) => {
      const own = await open();
      const { currentIndex, entries } = await own.send("Page.getNavigationHistory");
      const entry = entries[currentIndex + by];
      // The blank page that every tab begins with is no page of the test.
      if (!entry || (by < 0 && currentIndex === 1 && entry.url === "about:blank")) return false;
      await own.send("Page.navigateToHistoryEntry", { entryId: entry.id });
      return true;
    },
  };
}

/** Our commands and events are picked from those of the protocol, with the same types: a session has them all. */
function sessionOf(session: CDPSession): Session {
  return session as unknown as Session;
}
