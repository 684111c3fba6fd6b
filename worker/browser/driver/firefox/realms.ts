import type { Script } from "webdriver-bidi-protocol";
import type { FirefoxSession } from "./session.ts";

type Realm = { number: number; context: string; sandbox: string | null };

/** The worlds of the documents of a page: those of its scripts, and ours beside them, which Firefox calls sandboxes. */
export class Realms {
  readonly #session: FirefoxSession;
  readonly #known = new Map<string, Realm>();
  #last = 0;

  constructor(session: FirefoxSession) {
    this.#session = session;
  }

  created(info: Script.RealmInfo): void {
    if (info.type !== "window" || this.#known.has(info.realm)) return;
    const sandbox = info.sandbox ?? null;
    const realm = { number: ++this.#last, context: info.context, sandbox };
    this.#known.set(info.realm, realm);
    this.#session.emit("Runtime.executionContextCreated", {
      context: {
        id: realm.number,
        uniqueId: info.realm,
        name: sandbox ?? "",
        origin: info.origin,
        auxData: { frameId: info.context, isDefault: sandbox === null },
      },
    });
  }

  destroyed(id: string): void {
    const realm = this.#known.get(id);
    if (!realm) return;
    this.#known.delete(id);
    this.#session.emit("Runtime.executionContextDestroyed", {
      executionContextId: realm.number,
      executionContextUniqueId: id,
    });
  }

  /** Tells of the worlds that were there before anybody listened. */
  async look(): Promise<void> {
    const { page, connection } = this.#session;
    const { realms } = await connection.send("script.getRealms", {});
    for (const info of realms)
      if (info.type === "window" && page.frames.has(info.context)) this.created(info);
  }

  numberOf(id: string): number {
    return this.#known.get(id)?.number ?? -1;
  }

  byNumber(number: number): string | null {
    for (const [id, realm] of this.#known) if (realm.number === number) return id;
    return null;
  }
}
