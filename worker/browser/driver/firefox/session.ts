import { EventEmitter } from "node:events";
import type { Event, Script } from "webdriver-bidi-protocol";
import type { CommandName, Commands, EventName, Events, Session } from "../session.ts";
import { commands } from "./commands.ts";
import { Dialogs } from "./dialogs.ts";
import { FirefoxDownloads } from "./downloads.ts";
import { Drags, dragBinding } from "./drags.ts";
import { Interception } from "./interception.ts";
import { tellLog } from "./log-events.ts";
import { Moves } from "./moves.ts";
import { NetworkEvents } from "./network-events.ts";
import type { FirefoxPage } from "./page.ts";
import { Realms } from "./realms.ts";
import { Screencast } from "./screencast.ts";

/** How one of our commands is carried out in Firefox. */
export type Command<N extends CommandName> = (
  session: FirefoxSession,
  params: Commands[N][0],
) => Promise<Commands[N][1]>;

/**
 * Our words, spoken to a page of Firefox: each command by what WebDriver BiDi has for it, and what BiDi tells in our words. All
 * frames of the page are in this one session, whatever process they live in.
 */
export class FirefoxSession implements Session {
  readonly graceMs = 5_000;
  readonly page: FirefoxPage;
  readonly realms: Realms;
  readonly moves: Moves;
  readonly network: NetworkEvents;
  readonly interception: Interception;
  readonly dialogs: Dialogs;
  readonly downloads: FirefoxDownloads;
  readonly drags: Drags;
  readonly screencast: Screencast;
  /** Functions that the page's scripts of ours may call, by the channel that carries the calls. */
  readonly bindings = new Map<string, string>();
  readonly #emitter = new EventEmitter().setMaxListeners(50);
  #isDetached = false;

  constructor(page: FirefoxPage) {
    this.page = page;
    this.realms = new Realms(this);
    this.moves = new Moves(this);
    this.network = new NetworkEvents(this);
    this.interception = new Interception(this);
    this.dialogs = new Dialogs(this);
    this.downloads = new FirefoxDownloads(this);
    this.drags = new Drags(this);
    this.screencast = new Screencast(this);
  }

  get connection() {
    return this.page.context.browser.connection;
  }

  get detached(): boolean {
    return this.#isDetached;
  }

  async send<N extends CommandName>(name: N, params?: Commands[N][0]): Promise<Commands[N][1]> {
    if (this.#isDetached) throw new Error("target closed: the tab is gone");
    // The table has for each name the command of that name.
    const command = commands[name] as unknown as Command<N>;
    return command(this, params as Commands[N][0]);
  }

  on<N extends EventName>(name: N, listener: (event: Events[N]) => void): void {
    this.#emitter.on(name, listener);
  }

  off<N extends EventName>(name: N, listener: (event: Events[N]) => void): void {
    this.#emitter.off(name, listener);
  }

  emit<N extends EventName>(name: N, event: Events[N]): void {
    this.#emitter.emit(name, event);
  }

  /** What Firefox tells of the page. */
  hear(event: Event): void {
    if (this.#isDetached) return;
    switch (event.method) {
      case "script.realmCreated":
        this.realms.created(event.params);
        break;
      case "script.realmDestroyed":
        this.realms.destroyed(event.params.realm);
        break;
      case "script.message":
        this.#called(event.params);
        break;
      case "log.entryAdded":
        tellLog(this, event.params);
        break;
      case "browsingContext.userPromptOpened":
        this.dialogs.opened(event.params);
        break;
      default:
        if (event.method.startsWith("network.")) this.network.hear(event);
        else this.moves.hear(event);
    }
  }

  end(): void {
    if (this.#isDetached) return;
    this.#isDetached = true;
    this.screencast.stop();
    this.downloads.close();
    this.emit("Inspector.detached", { reason: "target_closed" });
  }

  #called({ channel, data, source }: Script.MessageParameters): void {
    const name = this.bindings.get(channel);
    if (name === undefined || data.type !== "string") return;
    if (name === navigationBinding) {
      this.moves.wished(source.context ?? "");
      return;
    }
    if (name === dragBinding) {
      this.drags.began(data.value);
      return;
    }
    const executionContextId = this.realms.numberOf(source.realm);
    this.emit("Runtime.bindingCalled", { name, payload: data.value, executionContextId });
  }
}

/** Ours: the page says that it wants to go to another document, before it does. */
export const navigationBinding = "__verdictLeaves";
