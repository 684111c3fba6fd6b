import type { Deadline } from "./deadline.ts";
import type { Session } from "./driver/session.ts";
import { StepFailure } from "./failure.ts";
import { pageScript } from "./page/bundle.ts";

/** Name of the isolated world in which the script of the page engine lives, in every frame. */
export const worldName = "verdict";

/** Where to evaluate: a realm of a document, in the session of the process that holds it. */
export type Realm = { session: Session; uniqueId: string; id: number; frameId: string };

type Kind = "engine" | "page";

/**
 * The documents of a tab: for every frame the realm of the page engine and that of the page itself, over all the processes
 * that frames live in. A navigation replaces both.
 */
export class Documents {
  readonly #realms: Record<Kind, Map<string, Realm>> = { engine: new Map(), page: new Map() };
  readonly #sessions = new Set<Session>();
  readonly #waiting = new Set<() => void>();

  /** Listens to a session; must be called before `Runtime.enable` is sent to it. */
  listen(session: Session): void {
    this.#sessions.add(session);
    session.on("Runtime.executionContextCreated", ({ context }) => {
      const data = context.auxData as { frameId?: string; isDefault?: boolean } | undefined;
      if (!data?.frameId) return;
      const kind = data.isDefault ? "page" : context.name === worldName ? "engine" : null;
      if (kind === null) return;
      const { id, uniqueId } = context;
      this.#realms[kind].set(data.frameId, { session, uniqueId, id, frameId: data.frameId });
      this.#wake();
    });
    session.on("Runtime.executionContextDestroyed", ({ executionContextUniqueId }) =>
      this.#drop((realm) => realm.session === session && realm.uniqueId === executionContextUniqueId),
    );
    session.on("Runtime.executionContextsCleared", () => this.#drop((realm) => realm.session === session));
  }

  /** The session's process is gone, and its frames with it. */
  forgetSession(session: Session): void {
    this.#sessions.delete(session);
    this.#drop((realm) => realm.session === session);
    this.#wake();
  }

  /** A realm that answered that it is gone. */
  forget(realm: Realm): void {
    this.#drop((known) => known === realm);
  }

  get sessions(): ReadonlySet<Session> {
    return this.#sessions;
  }

  /** The realms that there are now, one for each frame. */
  present(kind: Kind): Realm[] {
    return [...this.#realms[kind].values()];
  }

  /** Runs a script in a world of every frame; frames that go away meanwhile need it no more. */
  evaluateEverywhere(expression: string, kind: Kind = "page", frameId?: string): Promise<unknown>[] {
    const realms = this.present(kind).filter((realm) => frameId === undefined || realm.frameId === frameId);
    return realms.map(({ session, uniqueId }) =>
      session
        .send("Runtime.evaluate", {
          expression,
          uniqueContextId: uniqueId,
          awaitPromise: frameId !== undefined,
        })
        .catch(() => undefined),
    );
  }

  /** Whether the realm with this number is the engine's: what it logs is not the page's. */
  isEngine(session: Session, contextId: number): boolean {
    for (const realm of this.#realms.engine.values()) {
      if (realm.session === session && realm.id === contextId) return true;
    }
    return false;
  }

  /** What is put into every document of a session's process, those that are open included. */
  static async install(session: Session): Promise<void> {
    await session.send("Page.addScriptToEvaluateOnNewDocument", {
      source: pageScript(),
      worldName,
      runImmediately: true,
    });
  }

  /**
   * The present realm of a frame, waited for while the frame is between two documents.
   * @throws StepFailure `timeout` when there is none until the deadline.
   */
  async realm(kind: Kind, frameId: string, deadline: Deadline): Promise<Realm> {
    for (let round = 0; ; round++) {
      const realm = this.#realms[kind].get(frameId);
      if (realm) return realm;
      if (deadline.isOver) {
        throw new StepFailure(
          "timeout",
          `the page had no document to look at within ${deadline.timeoutMs} ms`,
        );
      }
      // A frame that Chromium never gave a realm (an empty one that nobody navigated) gets it on request.
      if (round > 0) await this.#create(kind, frameId, deadline);
      await this.#changeWithin(500, deadline);
    }
  }

  async #create(kind: Kind, frameId: string, deadline: Deadline): Promise<void> {
    if (kind !== "engine") return;
    const tries = [...this.#sessions].map((session) =>
      session.send("Page.createIsolatedWorld", { frameId, worldName }),
    );
    // All but the session of the frame's process refuse.
    await deadline
      .within(1_000)
      .race(Promise.allSettled(tries), () => new Error("no answer"))
      .catch(() => {
        deadline.signal.throwIfAborted();
      });
  }

  async #changeWithin(ms: number, deadline: Deadline): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    const timer = setTimeout(resolve, Math.min(ms, deadline.remainingMs()));
    try {
      await deadline.race(promise, () => new Error("unreachable: the timer ends first"), 1_000);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(resolve);
    }
  }

  #drop(isGone: (realm: Realm) => boolean): void {
    for (const realms of Object.values(this.#realms)) {
      for (const [frameId, realm] of realms) if (isGone(realm)) realms.delete(frameId);
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
