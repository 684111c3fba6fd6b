import type { EgressTrouble } from "../../db/domain/egress.ts";
import { AttemptFault, StepFailure } from "./failure.ts";
import type { Outbox } from "./outbox.ts";
import type { FromAttempt, ToEgress } from "./protocol.ts";
import type { Tab } from "./tab.ts";

const placesMax = 500;
const warningsMax = 20;
const askMs = 2_000;

/** What Chromium and Firefox say when their proxy has made no connection. */
const ofTheProxy =
  /ERR_(EMPTY_RESPONSE|TUNNEL_CONNECTION_FAILED|PROXY_\w+|CONNECTION_(RESET|CLOSED)|FAILED)|NS_ERROR/;

/** What an attempt knows of its way into the network: what was refused or not reached, and why. */
export class AttemptEgress {
  readonly #post: (message: FromAttempt) => void;
  readonly #outbox: Outbox;
  readonly #troubles = new Map<string, EgressTrouble>();
  readonly #warned = new Set<string>();
  #asking = new Set<() => void>();
  #limit: EgressTrouble | null = null;

  constructor(post: (message: FromAttempt) => void, outbox: Outbox) {
    this.#post = post;
    this.#outbox = outbox;
  }

  hear(message: ToEgress): void {
    if (message.type === "egress-told") {
      for (const told of this.#asking) told();
      this.#asking.clear();
      return;
    }
    const { trouble } = message;
    if (trouble.kind === "limit") this.#limit = trouble;
    else if (this.#troubles.size < placesMax) this.#troubles.set(keyOf(trouble.host, trouble.port), trouble);
    if (trouble.kind !== "unreachable") this.#warn(trouble.text);
  }

  /** In the words of the proxy, why a request of a page failed; null when it knows nothing about it. */
  reasonOf(url: string, error: string): string | null {
    if (!ofTheProxy.test(error)) return null;
    return this.#troubleOf(url)?.text ?? null;
  }

  /**
   * What really lies behind the failure of a step: that the policy refused it, which says nothing about the page, or why the
   * other end was not reached.
   */
  async explain(failure: StepFailure, tab: Tab | null): Promise<StepFailure | AttemptFault> {
    const shownInstead = tab?.isErrorPage ? tab.requestedUrl : null;
    const url = failure.wanted?.url ?? shownInstead;
    if (url === null) return failure;
    await this.#settled();
    const trouble = this.#limit ?? this.#troubleOf(url);
    if (trouble === null) return failure;
    if (trouble.kind !== "unreachable")
      return new AttemptFault("egress-refused", this.#sentence(failure, trouble));
    const isOfTheProxy = failure.code === "request-failed" || ofTheProxy.test(failure.detail ?? "");
    if (failure.wanted === null || !isOfTheProxy) return failure;
    const { what } = failure.wanted;
    return new StepFailure(failure.code, `${what}: ${trouble.text}`, failure.detail, { cause: failure });
  }

  #sentence({ wanted, message }: StepFailure, { text }: EgressTrouble): string {
    return `${wanted?.what ?? message}: ${text}`;
  }

  #troubleOf(url: string): EgressTrouble | null {
    const parsed = URL.parse(url);
    if (!parsed) return null;
    const port = Number(parsed.port || (/^(https|wss):$/.test(parsed.protocol) ? 443 : 80));
    const host = parsed.hostname.replace(/^\[|\]$/g, "").replace(/\.+$/, "");
    return this.#troubles.get(keyOf(host, port)) ?? null;
  }

  /** What was posted before this is asked has been heard when it is answered. Bounded. */
  async #settled(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, askMs);
    this.#asking.add(resolve);
    this.#post({ type: "egress-asked" });
    await promise;
    clearTimeout(timer);
  }

  #warn(text: string): void {
    if (this.#warned.size >= warningsMax || this.#warned.has(text)) return;
    this.#warned.add(text);
    this.#outbox.emit({ type: "log", level: "warning", text });
  }
}

function keyOf(host: string, port: number): string {
  return `${host} ${port}`;
}
