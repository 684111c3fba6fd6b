import type { Deadline } from "./deadline.ts";
import { Documents } from "./documents.ts";
import type { DriverPage } from "./driver/driver.ts";
import type { Session } from "./driver/session.ts";
import { StepFailure } from "./failure.ts";
import type { Box } from "./screenshots.ts";

/** How far the main frame's present document has come. */
type Load = { loaderId: string; url: string; isErrorPage: boolean; isParsed: boolean; isLoaded: boolean };

export type LoadPhase = "commit" | "domcontentloaded" | "load";

/** Documents that are remembered; whoever waits for one does not wait for so many. */
const committedMax = 100;

/** What must happen to each session of a tab, those of frames in other processes included. */
export type SessionSetup = (session: Session, tab: Tab, isRoot: boolean) => Promise<unknown>[];

/** One page of an attempt with our own sessions to it: where it is, what it loads, which documents it has. */
export class Tab {
  readonly page: DriverPage;
  readonly session: Session;
  readonly documents = new Documents();
  /** The element of the main frame that was found last, for whoever watches. */
  lookedAt: Box | null = null;
  /** The test has taken the network away. */
  isOffline = false;
  #mainFrameId = "";
  #load: Load = { loaderId: "", url: "about:blank", isErrorPage: false, isParsed: false, isLoaded: false };
  #commits = 0;
  #committed = new Set<string>();
  #requested = false;
  #navigating = false;
  #isClosed = false;
  #documentError: string | null = null;
  #requestedUrl = "";
  #hasFailedOffline = false;
  readonly #waiting = new Set<() => void>();

  private constructor(page: DriverPage, session: Session) {
    this.page = page;
    this.session = session;
  }

  /** Attaches to a page: from then on nothing that happens in it is missed. */
  static async open(page: DriverPage, setup: SessionSetup): Promise<Tab> {
    const tab = new Tab(page, await page.openSession());
    page.onClose(() => tab.#close());
    tab.#listen();
    const tree = tab.session.send("Page.getFrameTree").then(({ frameTree }) => {
      tab.#mainFrameId = frameTree.frame.id;
      tab.#load.loaderId ||= frameTree.frame.loaderId;
      if (tab.#commits === 0) tab.#load.url = frameTree.frame.url;
    });
    await Promise.all([tree, ...tab.#prepare(tab.session, setup, true)]);
    return tab;
  }

  get mainFrameId(): string {
    return this.#mainFrameId;
  }

  get url(): string {
    return this.#load.url;
  }

  get isClosed(): boolean {
    return this.#isClosed || this.session.detached;
  }

  /** Whether the main frame shows Chromium's own page for an address that did not answer. */
  get isErrorPage(): boolean {
    return this.#load.isErrorPage;
  }

  /** Why the last document could not be had, as Chromium says it. */
  get documentError(): string | null {
    return this.#documentError;
  }

  /** Where the main frame was asked to go last, redirects followed; empty before the first request. */
  get requestedUrl(): string {
    return this.#requestedUrl;
  }

  /** Whether that was while the test had taken the network away. */
  get hasFailedOffline(): boolean {
    return this.#hasFailedOffline;
  }

  /** How many documents the main frame has had; changes with every navigation, those within a document included. */
  get commits(): number {
    return this.#commits;
  }

  get isNavigationRequested(): boolean {
    return this.#requested;
  }

  get isNavigating(): boolean {
    return this.#navigating;
  }

  hasCommitted(loaderId: string): boolean {
    return this.#committed.has(loaderId);
  }

  hasReached(phase: LoadPhase): boolean {
    if (phase === "commit") return true;
    return phase === "load" ? this.#load.isLoaded : this.#load.isParsed || this.#load.isLoaded;
  }

  /**
   * Waits until the condition, which is asked again whenever something happens to the tab, holds.
   * @throws what `late` makes at the deadline; StepFailure `tab-closed` when the tab closes.
   */
  async until(condition: () => boolean, deadline: Deadline, late: () => Error): Promise<void> {
    while (!condition()) {
      if (this.isClosed) throw tabClosed();
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      try {
        await deadline.race(promise, late);
      } finally {
        this.#waiting.delete(resolve);
      }
    }
  }

  #prepare(session: Session, setup: SessionSetup, isRoot: boolean): Promise<unknown>[] {
    this.documents.listen(session);
    session.on("sessionattached", (child: Session) => {
      Promise.all(this.#prepare(child, setup, false)).catch(() => {
        // The frame went away while it was being prepared; whoever looks into it finds no document.
      });
    });
    session.on("sessiondetached", (child: Session) => this.documents.forgetSession(child));
    return [
      session.send("Page.enable"),
      Documents.install(session),
      ...setup(session, this, isRoot),
      session.send("Runtime.enable"),
      // Frames in other processes announce themselves as sessions below this one.
      session.send("Target.setAutoAttach", {
        autoAttach: true,
        waitForDebuggerOnStart: false,
        flatten: true,
        filter: [{ type: "iframe" }],
      }),
    ];
  }

  #listen(): void {
    const { session } = this;
    const isMain = (frameId: string) => frameId === this.#mainFrameId;
    session.on("Page.frameNavigated", ({ frame }) => {
      if (frame.parentId !== undefined) return;
      if (this.#committed.size >= committedMax) this.#committed.clear();
      this.#committed.add(frame.loaderId);
      this.#load = {
        loaderId: frame.loaderId,
        url: frame.unreachableUrl ?? `${frame.url}${frame.urlFragment ?? ""}`,
        isErrorPage: frame.unreachableUrl !== undefined,
        isParsed: false,
        isLoaded: false,
      };
      this.#moved();
    });
    session.on("Page.navigatedWithinDocument", ({ frameId, url }) => {
      if (!isMain(frameId)) return;
      this.#load.url = url;
      this.#moved();
    });
    session.on("Page.domContentEventFired", () => {
      this.#load.isParsed = true;
      this.#wake();
    });
    session.on("Page.loadEventFired", () => {
      this.#load.isLoaded = true;
      this.#wake();
    });
    session.on("Page.frameRequestedNavigation", ({ frameId, disposition }) => {
      if (!isMain(frameId) || disposition !== "currentTab") return;
      this.#requested = true;
      this.#wake();
    });
    session.on("Page.frameStartedNavigating", ({ frameId, navigationType }) => {
      if (!isMain(frameId) || /samedocument/i.test(navigationType)) return;
      this.#navigating = true;
      this.#documentError = null;
      this.#wake();
    });
    session.on("Page.frameStoppedLoading", ({ frameId }) => {
      if (isMain(frameId)) this.#settled();
    });
    session.on("Network.requestWillBeSent", ({ type, frameId, request }) => {
      if (type === "Document" && frameId !== undefined && isMain(frameId)) this.#requestedUrl = request.url;
    });
    session.on("Network.loadingFailed", ({ type, errorText }) => {
      if (type !== "Document") return;
      this.#documentError = errorText;
      this.#hasFailedOffline = this.isOffline;
    });
    // Puppeteer emits this when the session's tab goes away.
    session.on("Inspector.detached", () => this.#close());
  }

  #moved(): void {
    this.#commits++;
    this.#settled();
  }

  #settled(): void {
    this.#requested = false;
    this.#navigating = false;
    this.#wake();
  }

  #close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

export function tabClosed(): StepFailure {
  return new StepFailure("tab-closed", "the tab was closed; a switchTab step goes on in another one");
}
