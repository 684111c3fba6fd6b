import type { BrowsingContext, Event } from "webdriver-bidi-protocol";
import { messageOf } from "../../../../db/domain/errors.ts";
import { isAnswer } from "./connection.ts";
import { keepFieldsFresh } from "./fresh-fields.ts";
import { errorName } from "./network-events.ts";
import type { FirefoxSession } from "./session.ts";

type Outcome = { loaderId?: string; errorText?: string };
const withinMax = 50;

/** How the frames of a page move from document to document. */
export class Moves {
  readonly #session: FirefoxSession;
  /** Navigations that stayed within the document. */
  readonly #within = new Set<string>();
  #becameFile: () => void = () => undefined;
  /** The document that was loaded again is there. */
  #loadedAgain: () => void = () => undefined;
  /** The one that the page's present document came by. */
  #current = "";

  constructor(session: FirefoxSession) {
    this.#session = session;
  }

  /** Goes to an address. @returns when the new document is there, or it has failed */
  async go(url: string): Promise<Outcome> {
    const { connection, page } = this.#session;
    const where = { context: page.id, url, wait: "none" } as const;
    // Firefox gives no answer when the address turns out to be a file to keep.
    const { promise: kept, resolve } = Promise.withResolvers<null>();
    this.#becameFile = () => resolve(null);
    try {
      const answer = await Promise.race([connection.send("browsingContext.navigate", where), kept]);
      if (answer === null) return { errorText: "net::ERR_ABORTED" };
      const { navigation } = answer;
      return navigation === null || this.#within.has(navigation) ? {} : { loaderId: navigation };
    } catch (error) {
      if (isAnswer(error, "invalid argument")) throw new Error("invalid URL", { cause: error });
      if (isAnswer(error, "unknown error")) return { errorText: errorName(messageOf(error)) };
      throw error;
    }
  }

  /**
   * Loads the document again, with fields as the server gives them. Where nothing comes, Firefox shows a page of its own; or it
   * leaves the document as it is, when a rule of the test has let the request fail: that is told as the same.
   */
  async again(): Promise<void> {
    const { connection, page } = this.#session;
    const where = { context: page.id, wait: "none" } as const;
    const url = page.url();
    this.#loadedAgain();
    this.#loadedAgain = onceOnly(await keepFieldsFresh(this.#session));
    await connection.send("browsingContext.reload", where).catch((error: unknown) => {
      if (!isAnswer(error, "unknown error")) throw error;
      this.#loadedAgain();
      this.#tellMoved(page.id, null, "", url, url);
    });
  }

  /** A page has said that it will go to another document. */
  wished(frameId: string): void {
    this.#session.emit("Page.frameRequestedNavigation", {
      frameId,
      reason: "scriptInitiated",
      url: "",
      disposition: "currentTab",
    });
  }

  hear(event: Event): void {
    switch (event.method) {
      case "browsingContext.navigationStarted": {
        const { context, navigation, url } = event.params;
        this.#session.emit("Page.frameStartedNavigating", {
          frameId: context,
          url,
          loaderId: navigation ?? "",
          navigationType: "differentDocument",
        });
        return;
      }
      case "browsingContext.navigationCommitted":
        this.#committed(event.params);
        break;
      case "browsingContext.fragmentNavigated":
      case "browsingContext.historyUpdated": {
        const { context, url } = event.params;
        if (this.#within.size >= withinMax) this.#within.clear();
        if ("navigation" in event.params && event.params.navigation)
          this.#within.add(event.params.navigation);
        this.#session.emit("Page.navigatedWithinDocument", {
          frameId: context,
          url,
          navigationType: "other",
        });
        return;
      }
      case "browsingContext.domContentLoaded":
        if (!this.#isCurrent(event.params)) return;
        this.#loadedAgain();
        this.#session.emit("Page.domContentEventFired", { timestamp: 0 });
        return;
      case "browsingContext.load":
        if (this.#isCurrent(event.params)) this.#session.emit("Page.loadEventFired", { timestamp: 0 });
        this.#stopped(event.params.context);
        break;
      case "browsingContext.navigationAborted":
      case "browsingContext.navigationFailed": {
        this.#stopped(event.params.context);
        break;
      }
      case "browsingContext.downloadWillBegin": {
        const { context } = event.params;
        if (context === this.#session.page.id) this.#becameFile();
        this.#session.downloads.begins(event.params);
        this.#stopped(context);
        break;
      }
      case "browsingContext.downloadEnd":
        this.#session.downloads.ends(event.params);
        return;
      default:
    }
  }

  #committed({ context, navigation, url }: BrowsingContext.NavigationInfo): void {
    const { page } = this.#session;
    const parent = page.frames.get(context)?.parent ?? null;
    const loaderId = navigation ?? "";
    if (context === page.id) this.#current = loaderId;
    this.#tellMoved(context, parent, loaderId, url, unreachable(url));
  }

  #tellMoved(
    id: string,
    parent: string | null,
    loaderId: string,
    url: string,
    unreachableUrl: string | null,
  ): void {
    const { href, hash } = URL.parse(url) ?? { href: url, hash: "" };
    this.#session.emit("Page.frameNavigated", {
      type: "Navigation",
      frame: {
        id,
        ...(parent === null ? {} : { parentId: parent }),
        loaderId,
        // As Chromium names the page that it shows instead.
        url:
          unreachableUrl === null
            ? href.slice(0, href.length - hash.length)
            : "chrome-error://chromewebdata/",
        ...(hash === "" ? {} : { urlFragment: hash }),
        domainAndRegistry: "",
        securityOrigin: "",
        mimeType: "",
        secureContextType: "Secure",
        crossOriginIsolatedContextType: "NotIsolated",
        gatedAPIFeatures: [],
        ...(unreachableUrl === null ? {} : { unreachableUrl }),
      },
    });
    // Of such a page Firefox does not tell that it is there.
    if (unreachableUrl !== null && id === this.#session.page.id)
      this.#session.emit("Page.loadEventFired", { timestamp: 0 });
  }

  /** What comes of a document that was left already is told late. */
  #isCurrent({ context, navigation }: BrowsingContext.NavigationInfo): boolean {
    return context === this.#session.page.id && navigation === this.#current;
  }

  #stopped(frameId: string): void {
    this.#session.emit("Page.frameStoppedLoading", { frameId });
  }
}

/** What comes too late for the page it was meant for may fail. */
function onceOnly(act: () => Promise<void>): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    act().catch(() => undefined);
  };
}

/** The address that Firefox shows a page of its own for; null for every other page. */
function unreachable(url: string): string | null {
  if (!/^about:(?:neterror|certerror|blocked|httpsonlyerror)\?/.test(url)) return null;
  return URL.parse(url)?.searchParams.get("u") ?? url;
}
