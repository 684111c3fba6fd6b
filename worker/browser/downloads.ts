import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { newId } from "../../db/domain/ids.ts";
import { limits } from "../../db/domain/limits.ts";
import type { DriverContext } from "./driver/driver.ts";
import type { Session } from "./driver/session.ts";
import type { Outbox } from "./outbox.ts";
import type { Witness } from "./witness.ts";

export type Download = {
  /** When it began, on the clock of `performance.now()`. */
  at: number;
  url: string;
  fileName: string;
  /** `refused`: too large, or one too many. */
  state: "running" | "done" | "canceled" | "refused";
  bytes: Uint8Array | null;
  receivedBytes: number;
};

/** The files that the pages of an attempt give, kept as artifacts; none larger, and no more, than the limits say. */
export class Downloads {
  readonly all: Download[] = [];
  /** Where Chromium puts them, made by it when it needs it. */
  readonly folder: string;
  readonly #outbox: Outbox;
  readonly #witness: Witness;
  readonly #running = new Map<string, Download>();
  /** The step that runs now, for the artifact. */
  step: number | null = null;

  constructor(parentFolder: string, outbox: Outbox, witness: Witness) {
    this.folder = join(parentFolder, `downloads-${randomUUID()}`);
    this.#outbox = outbox;
    this.#witness = witness;
  }

  /** To be called when the context is closed. */
  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 2 }).catch(() => undefined);
  }

  /** Follows the downloads of a tab. */
  listen(session: Session, context: DriverContext): void {
    const cancel = (guid: string) => {
      const browserContextId = context.id;
      const where = browserContextId === undefined ? {} : { browserContextId };
      session.send("Browser.cancelDownload", { guid, ...where }).catch(() => undefined);
    };
    session.on("Page.downloadWillBegin", ({ guid, url, suggestedFilename }) => {
      if (this.#running.has(guid)) return;
      const download: Download = {
        at: performance.now(),
        url,
        fileName: safeName(suggestedFilename),
        state: "running",
        bytes: null,
        receivedBytes: 0,
      };
      this.#running.set(guid, download);
      if (this.all.length >= limits.downloadsPerAttemptMax) {
        this.#refuse(guid, download, `an attempt keeps at most ${limits.downloadsPerAttemptMax} downloads`);
        cancel(guid);
        return;
      }
      this.all.push(download);
      this.#witness.changed();
    });
    session.on("Page.downloadProgress", ({ guid, state, receivedBytes, totalBytes }) => {
      const download = this.#running.get(guid);
      if (download?.state !== "running") return;
      download.receivedBytes = receivedBytes;
      if (Math.max(receivedBytes, totalBytes) > limits.downloadBytesMax) {
        this.#refuse(guid, download, `it has more than ${limits.downloadBytesMax} bytes`);
        cancel(guid);
      } else if (state === "completed") {
        this.#keep(guid, download).catch(() => this.#finish(guid, download, "canceled"));
      } else if (state === "canceled") this.#finish(guid, download, "canceled");
    });
  }

  async #keep(guid: string, download: Download): Promise<void> {
    const path = join(this.folder, guid);
    const bytes = new Uint8Array(await readFile(path));
    await rm(path, { force: true });
    download.bytes = bytes;
    if (this.#outbox.holdsSecret(bytes)) this.#withhold(download);
    else this.#send(download, bytes);
    this.#finish(guid, download, "done");
  }

  #withhold({ fileName }: Download): void {
    const text = `the download ${fileName} is not kept: there is a secret in it`;
    this.#outbox.emit({ type: "log", level: "warning", text });
  }

  #send(download: Download, bytes: Uint8Array): void {
    const artifact = {
      id: newId(),
      kind: "download",
      name: download.fileName,
      contentType: "application/octet-stream",
      step: this.step,
      width: null,
      height: null,
      // The outbox hands its bytes to another thread; steps may still ask for ours.
      bytes: bytes.slice(),
    } as const;
    if (this.#outbox.artifact(artifact)) {
      this.#outbox.emit({
        type: "artifact",
        artifactId: artifact.id,
        kind: artifact.kind,
        name: artifact.name,
      });
    }
  }

  #refuse(guid: string, download: Download, reason: string): void {
    this.#finish(guid, download, "refused");
    this.#outbox.emit({
      type: "log",
      level: "warning",
      text: `stopped the download of ${download.fileName}: ${reason}`,
    });
  }

  #finish(guid: string, download: Download, state: Download["state"]): void {
    download.state = state;
    this.#running.delete(guid);
    this.#witness.changed();
  }
}

/** The name is the page's: it is shown and written to storage, never used as a path here. */
function safeName(name: string): string {
  const safe = [...name].filter((char) => char >= " " && !"/\\".includes(char)).join("");
  return safe.slice(-200) || "download";
}
