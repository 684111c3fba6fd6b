import { type Dispatcher, getGlobalDispatcher, ProxyAgent } from "undici";

/** How the requests that an attempt sends itself get into the network: by its proxy, as those of its pages do. */
export class HttpWay {
  readonly #agent: ProxyAgent | null;

  /** @param proxy `host:port`; null: straight on */
  constructor(proxy: string | null) {
    this.#agent = proxy === null ? null : new ProxyAgent({ uri: `http://${proxy}` });
  }

  get dispatcher(): Dispatcher {
    return this.#agent ?? getGlobalDispatcher();
  }

  /** Ends what is under way. */
  close(): void {
    this.#agent?.destroy().catch(() => undefined);
  }
}
