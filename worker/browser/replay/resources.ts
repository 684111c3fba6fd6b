import type { Session } from "../driver/session.ts";
import type { Mask } from "../masking.ts";

const types =
  /^(?:image\/(?:png|jpeg|gif|webp|avif|bmp|x-icon|vnd\.microsoft\.icon|svg\+xml)|(?:font|application)\/(?:x-)?(?:font-)?(?:woff2?|ttf|otf))$/;
const bytesMax = 200_000;
const allBytesMax = 3_000_000;
const resourcesMax = 300;
const waitingMax = 1_000;

export type Resource = { url: string; type: string; base64: string };

/** The pictures and fonts of recorded documents, each once, so that they can be shown without asking anybody for them. */
export class Resources {
  readonly #mask: Mask;
  readonly #keep: (resource: Resource) => void;
  readonly #seen = new Set<string>();
  readonly #fetching = new Set<Promise<void>>();
  #bytes = 0;

  constructor(mask: Mask, keep: (resource: Resource) => void) {
    this.#mask = mask;
    this.#keep = keep;
  }

  /** Resolves when those that were asked for are here. */
  async settled(): Promise<void> {
    await Promise.all(this.#fetching);
  }

  listen(session: Session): void {
    const waiting = new Map<string, { url: string; type: string }>();
    session.on("Network.responseReceived", ({ requestId, response, type }) => {
      if ((type !== "Image" && type !== "Font") || response.status !== 200) return;
      const isWanted = types.test(response.mimeType) && /^https?:/.test(response.url);
      if (!isWanted || this.#seen.has(response.url) || waiting.size >= waitingMax) return;
      waiting.set(requestId, { url: response.url, type: response.mimeType });
    });
    session.on("Network.loadingFailed", ({ requestId }) => waiting.delete(requestId));
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      const found = waiting.get(requestId);
      waiting.delete(requestId);
      if (!found || encodedDataLength > bytesMax || !this.#admits(found.url)) return;
      const fetching = this.#fetch(session, requestId, found.url, found.type)
        .catch(() => {
          // Gone with its document: its place stays empty.
        })
        .finally(() => this.#fetching.delete(fetching));
      this.#fetching.add(fetching);
    });
  }

  #admits(url: string): boolean {
    if (this.#seen.has(url) || this.#seen.size >= resourcesMax || this.#bytes >= allBytesMax) return false;
    this.#seen.add(url);
    return true;
  }

  async #fetch(session: Session, requestId: string, url: string, type: string): Promise<void> {
    const { body, base64Encoded } = await session.send("Network.getResponseBody", { requestId });
    // Only drawings are texts, in which a page may write anything.
    const text =
      base64Encoded && type === "image/svg+xml" ? Buffer.from(body, "base64").toString("utf8") : body;
    const isText = !base64Encoded || type === "image/svg+xml";
    const base64 = isText ? Buffer.from(this.#mask.text(text), "utf8").toString("base64") : body;
    this.#bytes += base64.length;
    if (base64.length > 2 * bytesMax || this.#bytes > allBytesMax) return;
    this.#keep({ url: this.#mask.text(url), type, base64 });
  }
}
