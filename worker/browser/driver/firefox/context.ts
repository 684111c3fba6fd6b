import { mkdir } from "node:fs/promises";
import type { Cookie, CookieData } from "puppeteer";
import type { BrowsingContext, Session, Storage } from "webdriver-bidi-protocol";
import { StepFailure } from "../../failure.ts";
import type { ProxyPlan } from "../../protocol.ts";
import type { DriverContext, DriverPage, Permission } from "../driver.ts";
import type { FirefoxBrowser } from "./browser.ts";
import { FirefoxPage } from "./page.ts";
import { PreloadScripts } from "./preload-scripts.ts";

type Asked = { permission: Permission; state: "granted" | "denied" };

/** What one attempt has in Firefox: a user context, which is a profile within the profile. */
export class FirefoxContext implements DriverContext {
  readonly id: string;
  readonly browser: FirefoxBrowser;
  readonly downloadFolder: string | null;
  readonly scripts: PreloadScripts;
  /** A script of a page was to be ended, which Firefox can't do. */
  hasHung = false;
  readonly #pages = new Set<FirefoxPage>();
  readonly #windows: string[] = [];
  #opening = 0;
  #listener: (page: DriverPage) => void = () => undefined;
  /** Asked for every site: given to each as it is opened. */
  #everywhere: Asked[] = [];

  private constructor(browser: FirefoxBrowser, id: string, downloadFolder: string | null) {
    this.browser = browser;
    this.id = id;
    this.downloadFolder = downloadFolder;
    this.scripts = new PreloadScripts(browser.connection, id);
  }

  static async open(
    browser: FirefoxBrowser,
    downloadFolder: string | null,
    proxy: ProxyPlan | null,
  ): Promise<FirefoxContext> {
    if (downloadFolder !== null) await mkdir(downloadFolder, { recursive: true });
    const { connection } = browser;
    const { userContext } = await connection.send(
      "browser.createUserContext",
      proxy === null ? {} : { proxy: proxyOf(proxy) },
    );
    await connection.send("browser.setDownloadBehavior", {
      downloadBehavior:
        downloadFolder === null ? { type: "denied" } : { type: "allowed", destinationFolder: downloadFolder },
      userContexts: [userContext],
    });
    return new FirefoxContext(browser, userContext, downloadFolder);
  }

  async newPage(): Promise<DriverPage> {
    const { connection } = this.browser;
    this.#opening++;
    try {
      const window = await this.browser.windows.take();
      this.#windows.push(window);
      const { context } = await connection.send("browsingContext.create", {
        type: "tab",
        referenceContext: window,
        userContext: this.id,
      });
      const page = this.browser.pageOf(context);
      if (!page) throw new Error("Firefox has not told of the page that it opened");
      return page;
    } finally {
      this.#opening--;
    }
  }

  onPage(listener: (page: DriverPage) => void): void {
    this.#listener = listener;
  }

  /** A page that there was not before, opened by us or by another page. */
  appeared({ context }: BrowsingContext.Info): FirefoxPage {
    const page = new FirefoxPage(this, context);
    this.#pages.add(page);
    page.onClose(() => this.#pages.delete(page));
    // Whoever opened it must know it when it is told.
    if (this.#opening === 0) queueMicrotask(() => this.#listener(page));
    return page;
  }

  async cookies(): Promise<Cookie[]> {
    const { cookies } = await this.browser.connection.send("storage.getCookies", this.#partition());
    return cookies.map((cookie) => ({
      name: cookie.name,
      value: bytesText(cookie.value),
      domain: cookie.domain,
      path: cookie.path,
      size: cookie.size,
      expires: cookie.expiry ?? -1,
      session: cookie.expiry === undefined,
      httpOnly: cookie.httpOnly,
      secure: cookie.secure,
      ...(sameSiteOf(cookie.sameSite) ?? {}),
    }));
  }

  async setCookie(...cookies: CookieData[]): Promise<void> {
    for (const cookie of cookies) {
      const partial: Storage.PartialCookie = {
        name: cookie.name,
        value: { type: "string", value: cookie.value },
        domain: cookie.domain,
        ...(cookie.path === undefined ? {} : { path: cookie.path }),
        ...(cookie.httpOnly === undefined ? {} : { httpOnly: cookie.httpOnly }),
        ...(cookie.secure === undefined ? {} : { secure: cookie.secure }),
        ...(cookie.expires === undefined || cookie.expires < 0 ? {} : { expiry: Math.floor(cookie.expires) }),
        ...(cookie.sameSite === undefined
          ? {}
          : { sameSite: cookie.sameSite.toLowerCase() as "strict" | "lax" | "none" }),
      };
      await this.browser.connection.send("storage.setCookie", { cookie: partial, ...this.#partition() });
    }
  }

  async deleteCookie(...cookies: Cookie[]): Promise<void> {
    for (const { name, domain, path } of cookies) {
      const filter = { name, domain, path };
      await this.browser.connection.send("storage.deleteCookies", { filter, ...this.#partition() });
    }
  }

  async setPermission(origin: string, ...asked: Asked[]): Promise<void> {
    if (origin !== "*") return this.#permit(origin, asked);
    this.#everywhere.push(...asked);
    const origins = new Set([...this.#pages].flatMap((page) => originOf(page.url())));
    for (const open of origins) await this.#permit(open, asked);
  }

  /** A page is on its way to an address. */
  heads(url: string): void {
    for (const origin of this.#everywhere.length > 0 ? originOf(url) : []) {
      this.#permit(origin, this.#everywhere).catch(() => undefined);
    }
  }

  /** @throws when a page of it hung: its process may still run, and ends with the browser only */
  async close(): Promise<void> {
    this.browser.forget(this);
    await this.browser.connection.send("browser.removeUserContext", { userContext: this.id });
    for (const window of this.#windows.splice(0)) this.browser.windows.giveBack(window);
    if (this.hasHung) throw new Error("a script of a page did not end");
  }

  async #permit(origin: string, asked: readonly Asked[]): Promise<void> {
    for (const { permission, state } of asked) {
      const descriptor = { name: permission.name };
      const params = { descriptor, state, origin, userContext: this.id };
      await this.browser.connection.send("permissions.setPermission", params).catch((cause: unknown) => {
        const message = `Firefox does not know the permission "${permission.name}", or does not let it be set`;
        throw new StepFailure("not-in-this-browser", message, null, { cause });
      });
    }
  }

  #partition(): { partition: Storage.PartitionDescriptor } {
    return { partition: { type: "storageKey", userContext: this.id } };
  }
}

function proxyOf({ address, direct }: ProxyPlan): Session.ManualProxyConfiguration {
  return { proxyType: "manual", httpProxy: address, sslProxy: address, noProxy: [...direct] };
}

function originOf(url: string): string[] {
  const parsed = URL.parse(url);
  return parsed && /^https?:$/.test(parsed.protocol) ? [parsed.origin] : [];
}

function bytesText(value: { type: "string"; value: string } | { type: "base64"; value: string }): string {
  return value.type === "string" ? value.value : Buffer.from(value.value, "base64").toString("latin1");
}

const sameSites: Record<string, "Strict" | "Lax" | "None"> = { strict: "Strict", lax: "Lax", none: "None" };

function sameSiteOf(sameSite: string): { sameSite: "Strict" | "Lax" | "None" } | null {
  const known = sameSites[sameSite];
  return known === undefined ? null : { sameSite: known };
}
