import { readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BrowsingContext } from "webdriver-bidi-protocol";
import { limits } from "../../../../db/domain/limits.ts";
import type { FirefoxSession } from "./session.ts";

const lookMs = 250;
/** So much of what was refused may go on coming; then the browser is ended, before it has filled the disk. */
const endlessBytes = 4 * limits.downloadBytesMax;

/**
 * Downloads of a page. Firefox tells when one begins and when it is over, keeps it under the name that the page gave it, and
 * can't be told to let go of one: how large they become is looked for.
 */
export class FirefoxDownloads {
  readonly #session: FirefoxSession;
  readonly #running = new Set<string>();
  #timer: NodeJS.Timeout | null = null;

  constructor(session: FirefoxSession) {
    this.#session = session;
  }

  begins({ context, navigation, suggestedFilename, url }: BrowsingContext.DownloadWillBeginParams): void {
    const guid = navigation ?? url;
    this.#running.add(guid);
    this.#session.emit("Page.downloadWillBegin", { frameId: context, guid, url, suggestedFilename });
    this.#timer ??= setInterval(() => {
      this.#look().catch(() => undefined);
    }, lookMs);
    this.#timer.unref();
  }

  ends(end: BrowsingContext.DownloadEndParams): void {
    const guid = end.navigation ?? end.url;
    this.#running.delete(guid);
    if (this.#running.size === 0) this.close();
    const isWhole = end.status === "complete" && end.filepath !== null;
    const kept = isWhole ? this.#keep(guid, end.filepath) : Promise.reject(new Error("it was given up"));
    kept.then(
      (bytes) => this.#tell(guid, "completed", bytes),
      () => this.#tell(guid, "canceled", 0),
    );
  }

  close(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  #tell(guid: string, state: "inProgress" | "completed" | "canceled", receivedBytes: number): void {
    this.#session.emit("Page.downloadProgress", { guid, totalBytes: 0, receivedBytes, state });
  }

  async #keep(guid: string, path: string | null): Promise<number> {
    const { size } = await stat(path ?? "");
    await rename(path ?? "", join(this.#session.page.context.downloadFolder ?? "", guid));
    return size;
  }

  /** All that is on its way together: which file belongs to which download is not told. */
  async #look(): Promise<void> {
    const { downloadFolder } = this.#session.page.context;
    if (downloadFolder === null) return;
    let bytes = 0;
    for (const name of await readdir(downloadFolder)) {
      if (name.endsWith(".part")) bytes += (await stat(join(downloadFolder, name))).size;
    }
    for (const guid of this.#running) this.#tell(guid, "inProgress", bytes);
    if (bytes > endlessBytes) this.#session.connection.close();
  }
}
