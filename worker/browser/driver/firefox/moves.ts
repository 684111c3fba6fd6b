import type { BrowsingContext, Event } from "webdriver-bidi-protocol";
import { tellDownload } from "./downloads.ts";
import { errorName } from "./network-events.ts";
import type { FirefoxSession } from "./session.ts";

type Outcome = { loaderId?: string; errorText?: string };
const outcomesMax = 50;

/** How the frames of a page move from document to document. */
export class Moves {
  readonly #session: FirefoxSession;
  /** What became of navigations, for who asked for them: the answer may come after the event. */
  readonly #outcomes = new Map<string, Outcome>();
  readonly #waiting = new Map<string, (outcome: Outcome) => void>();

  constructor(session: FirefoxSession) {
    this.#session = session;
  }

  /** Goes to an address. @returns when the new document is there, or it has failed */
  async go(url: string): Promise<Outcome> {
    const { connection, page } = this.#session;
    const { navigation } = await connection.send("browsingContext.navigate", {
      context: page.id,
      url,
      wait: "none",
    });
    if (navigation === null || navigation === undefined) return {};
    const known = this.#outcomes.get(navigation);
    if (known) return known;
    return new Promise((resolve) => this.#waiting.set(navigation, resolve));
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
    const { page } = this.#session;
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
        if ("navigation" in event.params && event.params.navigation) this.#ended(event.params.navigation, {});
        this.#session.emit("Page.navigatedWithinDocument", {
          frameId: context,
          url,
          navigationType: "other",
        });
        return;
      }
      case "browsingContext.domContentLoaded":
        if (event.params.context === page.id)
          this.#session.emit("Page.domContentEventFired", { timestamp: 0 });
        return;
      case "browsingContext.load":
        if (event.params.context === page.id) this.#session.emit("Page.loadEventFired", { timestamp: 0 });
        this.#stopped(event.params.context);
        break;
      case "browsingContext.navigationAborted":
      case "browsingContext.navigationFailed": {
        const { context, navigation } = event.params;
        const said = "message" in event.params ? String(event.params.message) : "";
        const isAborted = event.method === "browsingContext.navigationAborted";
        const errorText = isAborted ? "net::ERR_ABORTED" : errorName(said);
        if (context === page.id) this.#session.network.documentFailed(errorText);
        if (navigation) this.#ended(navigation, { errorText });
        this.#stopped(context);
        break;
      }
      case "browsingContext.downloadWillBegin": {
        const { context, navigation, suggestedFilename, url } = event.params;
        if (navigation) this.#ended(navigation, { errorText: "net::ERR_ABORTED" });
        this.#session.emit("Page.downloadWillBegin", {
          frameId: context,
          guid: navigation ?? url,
          url,
          suggestedFilename,
        });
        this.#stopped(context);
        break;
      }
      case "browsingContext.downloadEnd":
        tellDownload(this.#session, event.params);
        return;
      default:
    }
  }

  #committed({ context, navigation, url }: BrowsingContext.NavigationInfo): void {
    const { page } = this.#session;
    const frame = page.frames.get(context);
    const parent = frame?.parent ?? null;
    const loaderId = navigation ?? "";
    const { href, hash } = URL.parse(url) ?? { href: url, hash: "" };
    this.#session.emit("Page.frameNavigated", {
      type: "Navigation",
      frame: {
        id: context,
        ...(parent === null ? {} : { parentId: parent }),
        loaderId,
        url: hash === "" ? url : href.slice(0, -hash.length),
        ...(hash === "" ? {} : { urlFragment: hash }),
        domainAndRegistry: "",
        securityOrigin: "",
        mimeType: "",
        secureContextType: "Secure",
        crossOriginIsolatedContextType: "NotIsolated",
        gatedAPIFeatures: [],
        ...(isErrorPage(url) ? { unreachableUrl: url } : {}),
      },
    });
    this.#ended(loaderId, { loaderId });
  }

  #ended(navigation: string, outcome: Outcome): void {
    const waiting = this.#waiting.get(navigation);
    this.#waiting.delete(navigation);
    if (waiting) {
      waiting(outcome);
      return;
    }
    if (this.#outcomes.size >= outcomesMax) this.#outcomes.clear();
    this.#outcomes.set(navigation, outcome);
  }

  #stopped(frameId: string): void {
    this.#session.emit("Page.frameStoppedLoading", { frameId });
  }
}

/** Firefox shows an address that did not answer by a page of its own. */
function isErrorPage(url: string): boolean {
  return /^about:(?:neterror|certerror|blocked)/.test(url);
}
