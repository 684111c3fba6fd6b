import type { Event } from "webdriver-bidi-protocol";
import type { ProxyPlan } from "../../protocol.ts";
import type { Driver, DriverContext } from "../driver.ts";
import type { BidiConnection } from "./connection.ts";
import { FirefoxContext } from "./context.ts";
import type { FirefoxPage } from "./page.ts";
import { Windows } from "./windows.ts";

/** Closing asks for nothing that a page could refuse. */
const modules = ["browsingContext", "script", "log", "network"] as const;

/** Firefox over WebDriver BiDi: which pages it has, and whom of them an event is about. */
export class FirefoxBrowser implements Driver {
  readonly name = "firefox";
  readonly notRecorded = "bodies of requests, what asked for a request, what scripts put into fields";
  readonly version: string;
  readonly userAgent: string;
  readonly connection: BidiConnection;
  readonly windows: Windows;
  readonly #isOurs: boolean;
  readonly #contexts = new Map<string, FirefoxContext>();
  /** By the browsing contexts of their frames, those of the pages themselves included. */
  readonly #pages = new Map<string, FirefoxPage>();

  private constructor(
    connection: BidiConnection,
    isOurs: boolean,
    about: { version: string; userAgent: string },
  ) {
    this.connection = connection;
    this.windows = new Windows(connection);
    this.#isOurs = isOurs;
    this.version = about.version;
    this.userAgent = about.userAgent;
  }

  /** The first thing said on a line. */
  static async begin(connection: BidiConnection, isOurs: boolean): Promise<FirefoxBrowser> {
    const { capabilities } = await connection.send("session.new", {
      capabilities: { alwaysMatch: { unhandledPromptBehavior: { default: "ignore" } } },
    });
    const browser = new FirefoxBrowser(connection, isOurs, {
      version: `Firefox/${capabilities.browserVersion}`,
      userAgent: capabilities.userAgent,
    });
    connection.onEvent((event) => browser.#hear(event));
    await connection.send("session.subscribe", { events: [...modules] });
    return browser;
  }

  get isConnected(): boolean {
    return !this.connection.isClosed;
  }

  onLost(listener: () => void): void {
    this.connection.onClosed(listener);
  }

  async openContext(downloadFolder: string | null, proxy: ProxyPlan | null): Promise<DriverContext> {
    const context = await FirefoxContext.open(this, downloadFolder, proxy);
    this.#contexts.set(context.id, context);
    return context;
  }

  async close(): Promise<void> {
    const end = this.#isOurs ? "browser.close" : "session.end";
    await this.connection.send(end, {}).catch(() => undefined);
    this.connection.close();
  }

  forget(context: FirefoxContext): void {
    this.#contexts.delete(context.id);
    for (const [id, page] of this.#pages) if (page.context === context) this.#pages.delete(id);
  }

  /** The page that has a frame. */
  pageOf(browsingContext: string): FirefoxPage | undefined {
    return this.#pages.get(browsingContext);
  }

  #hear(event: Event): void {
    if (event.method === "browsingContext.contextCreated") {
      const { context, parent, userContext } = event.params;
      const known = this.#pages.get(context);
      const page =
        known ?? (parent ? this.#pages.get(parent) : this.#contexts.get(userContext)?.appeared(event.params));
      if (!page) return;
      this.#pages.set(context, page);
      page.frameAppeared(event.params);
      return;
    }
    const id = contextOf(event);
    const page = id === null ? undefined : this.#pages.get(id);
    if (event.method === "browsingContext.contextDestroyed" && id !== null) {
      this.#pages.delete(id);
      this.windows.gone(id);
    }
    page?.hear(event);
  }
}

function contextOf({ params }: Event): string | null {
  if ("context" in params && typeof params.context === "string") return params.context;
  if ("source" in params && params.source && "context" in params.source) return params.source.context ?? null;
  return null;
}
