import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { deviceNamed } from "../../db/domain/devices.ts";
import { limits } from "../../db/domain/limits.ts";
import type { BrowserName } from "../../db/domain/steps/definition.ts";
import { eachStep, type Step, type StepType } from "../../db/domain/steps/index.ts";
import { captureSession } from "./capture.ts";
import type { Deadline } from "./deadline.ts";
import { Downloads } from "./downloads.ts";
import type { Driver, DriverContext, DriverPage } from "./driver/driver.ts";
import type { Session } from "./driver/session.ts";
import type { AttemptEgress } from "./egress.ts";
import { Emulation } from "./emulation.ts";
import { terminate } from "./evaluate.ts";
import { type AttemptEnd, PageCrash, StepFailure } from "./failure.ts";
import { Floods } from "./floods.ts";
import type { Point } from "./frames.ts";
import { HttpWay } from "./http-way.ts";
import { Mocks } from "./mocks.ts";
import type { Outbox } from "./outbox.ts";
import type { AttemptPlan } from "./protocol.ts";
import type { Recordings } from "./recordings.ts";
import {
  type Network,
  networkCommand,
  type Viewport,
  viewportCommands,
  viewportOfDevice,
} from "./screen-and-network.ts";
import { SecretCover } from "./secret-cover.ts";
import { Sockets } from "./sockets.ts";
import { Tab, tabClosed } from "./tab.ts";
import { Witness } from "./witness.ts";

type OnFault = (fault: PageCrash | AttemptEnd) => void;

/**
 * What one attempt has of a browser: a context of its own (cookies, storage, cache), its tabs in the order of opening, and
 * the settings that new tabs and frames take over.
 */
export class AttemptContext {
  readonly mocks: Mocks;
  readonly emulation: Emulation;
  /** The WebSockets of its pages. */
  readonly sockets: Sockets;
  /** What its pages have gone through, for steps that ask about it. */
  readonly witness: Witness;
  /** The files that its pages gave. */
  readonly downloads: Downloads;
  /** What is recorded of its pages; null where nothing is. */
  readonly recordings: Recordings | null;
  readonly tabs: Tab[] = [];
  /** Boxes out what must not be seen while somebody watches. */
  readonly cover = new SecretCover();
  /** Where the mouse was moved last. */
  pointer: Point | null = null;
  /** Pictures the page just before a step acts on it, where that is wanted; true when it did: things may have moved. */
  beforeAct: ((hasWaited: boolean) => Promise<boolean>) | null = null;
  /** Keys that a keyDown step holds. */
  readonly heldKeys = new Set<string>();
  dialogs: { action: "accept" | "dismiss"; text: string | undefined } = {
    action: "dismiss",
    text: undefined,
  };
  readonly context: DriverContext;
  /** How its own requests get into the network. */
  readonly httpWay: HttpWay;
  /** What is known of its way into the network; null where everything goes straight there. */
  readonly egress: AttemptEgress | null;
  readonly #outbox: Outbox;
  readonly #onFault: OnFault;
  readonly #floods: Floods;
  #viewport: Viewport;
  #network: Network | null = null;
  #cpuSlowdown = 1;
  #current: Tab | null = null;
  #opened = 0;
  #folder: string | null = null;
  /** Whether what has failed may be pictured. */
  readonly picturesFailures: boolean;
  /** Whether its browser runs on another machine, as far as we know. */
  readonly isElsewhere: boolean;
  readonly browserName: BrowserName;
  readonly #profilesDirectory: string;
  readonly #changed = new Set<() => void>();

  private constructor(
    context: DriverContext,
    plan: AttemptPlan,
    outbox: Outbox,
    onFault: OnFault,
    witness: Witness,
    downloads: Downloads,
    recordings: Recordings | null,
    egress: AttemptEgress | null,
  ) {
    this.context = context;
    this.httpWay = new HttpWay(plan.proxy?.address ?? null);
    this.egress = egress;
    const device = deviceNamed(plan.viewport.device ?? "");
    this.#viewport = device ? viewportOfDevice(device) : plan.viewport;
    this.emulation = new Emulation(device?.userAgent);
    this.picturesFailures = plan.screenshots !== "never";
    this.#outbox = outbox;
    this.#onFault = onFault;
    this.#floods = new Floods((end) => this.#flooded(end));
    this.#profilesDirectory = plan.browser.profilesDirectory;
    this.browserName = plan.browser.name;
    this.isElsewhere = plan.browser.endpoint !== undefined;
    this.mocks = new Mocks(
      (text) => outbox.emit({ type: "log", level: "warning", text }),
      (session, requestId, ruling) => recordings?.ruled(session, requestId, ruling),
    );
    this.sockets = new Sockets(hasStep(plan, ({ type }) => socketSteps.has(type)));
    this.witness = witness;
    this.downloads = downloads;
    this.recordings = recordings;
  }

  /** A fresh context with one blank tab. `onFault` is told of crashes of its pages, and of what they do beyond all bounds. */
  static async open(
    browser: Driver,
    plan: AttemptPlan,
    outbox: Outbox,
    onFault: OnFault,
    recordings: Recordings | null = null,
    egress: AttemptEgress | null = null,
  ): Promise<AttemptContext> {
    const witness = new Witness(hasStep(plan, asksForBody));
    const downloads = new Downloads(plan.browser.profilesDirectory, outbox, witness);
    const isElsewhere = plan.browser.endpoint !== undefined;
    // From another machine our proxy is not to be reached.
    const proxy = isElsewhere ? null : (plan.proxy ?? null);
    const context = await browser.openContext(isElsewhere ? null : downloads.folder, proxy);
    const attempt = new AttemptContext(
      context,
      plan,
      outbox,
      onFault,
      witness,
      downloads,
      recordings,
      egress,
    );
    try {
      await attempt.#adopt(await context.newPage());
    } catch (error) {
      context.close().catch(() => undefined);
      throw error;
    }
    context.onPage((page) => {
      attempt.#follow(page).catch(() => {
        // It closed while we looked at it.
      });
    });
    return attempt;
  }

  /**
   * The tab in which steps act.
   * @throws StepFailure `tab-closed`.
   */
  get tab(): Tab {
    if (!this.#current || this.#current.isClosed) throw tabClosed();
    return this.#current;
  }

  /** The tab in which steps act, or null when it is closed: for evidence, which must not fail. */
  get openTab(): Tab | null {
    return this.#current && !this.#current.isClosed ? this.#current : null;
  }

  get openTabs(): Tab[] {
    return this.tabs.filter((tab) => !tab.isClosed);
  }

  /** Goes on in another tab. */
  async switchTo(tab: Tab, deadline: Deadline): Promise<void> {
    this.#current = tab;
    await deadline.race(tab.session.send("Page.bringToFront"), tabClosed);
  }

  /** Waits for a tab, asked again when one opens and now and then. @throws what `late` makes. */
  async waitForTab(find: () => Tab | undefined, deadline: Deadline, late: () => Error): Promise<Tab> {
    for (;;) {
      const tab = find();
      if (tab) return tab;
      if (deadline.isOver) throw late();
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#changed.add(resolve);
      await Promise.race([deadline.sleep(100), promise]);
      this.#changed.delete(resolve);
    }
  }

  /** How its pages are seen now. */
  get viewport(): Readonly<Viewport> {
    return this.#viewport;
  }

  async setViewport(viewport: Viewport): Promise<void> {
    this.#viewport = viewport;
    await Promise.all(
      this.openTabs.flatMap((tab) => [
        ...viewportCommands(tab.session, viewport),
        tab.session.send("Emulation.setTouchEmulationEnabled", { enabled: viewport.touch ?? false }),
      ]),
    );
  }

  async setNetwork(network: Network): Promise<void> {
    this.#network = network;
    for (const tab of this.tabs) tab.isOffline = network.offline ?? false;
    const sessions = this.openTabs.flatMap((tab) => [...tab.documents.sessions]);
    await Promise.all(
      sessions.filter((session) => !session.detached).map((session) => networkCommand(session, network)),
    );
  }

  /** Makes the processor of the pages so many times slower. */
  async setCpuSlowdown(rate: number): Promise<void> {
    this.#cpuSlowdown = rate;
    const sessions = this.openTabs.flatMap((tab) => [...tab.documents.sessions]);
    await Promise.all(
      sessions
        .filter((session) => !session.detached)
        .map((session) => session.send("Emulation.setCPUThrottlingRate", { rate })),
    );
  }

  /** A page for our own needs, which is no tab of the attempt; the caller closes it. */
  openOwnPage(): Promise<DriverPage> {
    return this.context.newPage();
  }

  /** A folder of the attempt's own, made when first needed and removed with it. */
  async folder(): Promise<string> {
    this.#folder ??= await mkdtemp(join(this.#profilesDirectory, "attempt-"));
    return this.#folder;
  }

  /** Closes the tabs and forgets what they stored. False when the browser did not obey in time. Never throws. */
  async close(boundMs: number): Promise<boolean> {
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), boundMs);
    const closed = this.context.close().then(
      () => true,
      () => false,
    );
    const isClosed = await Promise.race([closed, late]);
    clearTimeout(timer);
    this.httpWay.close();
    await this.downloads.close();
    if (this.#folder)
      await rm(this.#folder, { recursive: true, force: true, maxRetries: 2 }).catch(() => undefined);
    return isClosed;
  }

  async #follow(page: DriverPage): Promise<void> {
    if (this.#opened >= limits.pagesPerAttemptMax) {
      this.#floods.tab();
      this.#outbox.emit({
        type: "log",
        level: "warning",
        text: `closed a tab that the page opened: an attempt has at most ${limits.pagesPerAttemptMax} (${page.url()})`,
      });
      await page.close();
      return;
    }
    await this.#adopt(page);
  }

  async #adopt(page: DriverPage): Promise<void> {
    this.#opened++;
    const tab = await Tab.open(page, (session, owner, isRoot) => this.#prepare(session, owner, isRoot));
    this.tabs.push(tab);
    this.#current ??= tab;
    for (const changed of [...this.#changed]) changed();
  }

  /** What goes on in the pages is stopped as well: it would take the attempt's last moments. */
  #flooded(end: AttemptEnd): void {
    this.#onFault(end);
    for (const tab of this.openTabs) terminate(tab.session);
  }

  #prepare(session: Session, tab: Tab, isRoot: boolean): Promise<unknown>[] {
    const commands = [
      ...captureSession(session, tab, isRoot, this.#outbox, this.witness, {
        fetchesBodies: this.recordings?.fetchesBodies ?? false,
        reasonOf: (url, error) => this.egress?.reasonOf(url, error) ?? null,
      }),
      ...this.mocks.attach(session),
      ...this.emulation.attach(session, isRoot),
      ...this.sockets.attach(session),
      ...this.cover.attach(session),
      ...(this.recordings?.attach(session, tab) ?? []),
    ];
    this.#floods.watch(session);
    if (this.#network) commands.push(networkCommand(session, this.#network));
    if (this.#cpuSlowdown !== 1) {
      commands.push(session.send("Emulation.setCPUThrottlingRate", { rate: this.#cpuSlowdown }));
    }
    session.on("Inspector.targetCrashed", () => {
      this.#onFault(new PageCrash(tab.url));
    });
    if (!isRoot) return commands;
    tab.isOffline = this.#network?.offline ?? false;
    this.downloads.listen(session, this.context);
    session.on("Page.javascriptDialogOpening", ({ type, message }) => {
      this.#answerDialog(session, type, message);
    });
    return [
      ...commands,
      ...viewportCommands(session, this.#viewport),
      // Several contexts share a browser: each of them is to believe that it has the focus.
      session.send("Emulation.setFocusEmulationEnabled", { enabled: true }),
      session.send("Inspector.enable"),
    ];
  }

  #answerDialog(session: Session, kind: string, message: string): void {
    // A page that asks whether to leave must not hold a navigation that a step wants.
    const accept = kind === "beforeunload" || this.dialogs.action === "accept";
    this.witness.dialog(kind, message);
    this.#floods.dialog();
    this.#outbox.emit({ type: "dialog", kind, message, action: accept ? "accepted" : "dismissed" });
    session
      .send("Page.handleJavaScriptDialog", {
        accept,
        ...(this.dialogs.text === undefined ? {} : { promptText: this.dialogs.text }),
      })
      .catch(() => {
        // It went away with its page.
      });
  }
}

/** Steps that need the WebSockets of the pages to be watched. */
const socketSteps: ReadonlySet<StepType> = new Set([
  "mockWebSocket",
  "waitForWebSocket",
  "expectWebSocketMessage",
]);

/** Whether a step asks about the text of an answer. */
function asksForBody(step: Step): boolean {
  return (
    (step.type === "expectResponse" && (step.body !== undefined || step.json !== undefined)) ||
    (step.type === "waitForResponse" && step.as !== undefined)
  );
}

/** Whether it is so of any step, also of one of a group. */
function hasStep({ steps, groups = {} }: AttemptPlan, isSo: (step: Step) => boolean): boolean {
  const lists = [steps, ...Object.values(groups).map((group) => group.steps)];
  return lists.some((list) => [...eachStep(list)].some(isSo));
}

/** @throws StepFailure `last-tab` when there is no tab before or after this one to go on in. */
export function tabBeside(tabs: readonly Tab[], tab: Tab): Tab {
  const place = tabs.indexOf(tab);
  const beside = tabs[place - 1] ?? tabs[place + 1];
  if (beside) return beside;
  throw new StepFailure("last-tab", "this is the only tab; closing it would leave nothing to test");
}
