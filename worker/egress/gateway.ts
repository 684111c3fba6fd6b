import { isIP } from "node:net";
import { classOf, parseAddress } from "../../db/domain/addresses.ts";
import { type EgressMode, type EgressTrouble, egressRules } from "../../db/domain/egress.ts";
import type { ProxyPlan } from "../browser/protocol.ts";
import { Dialer } from "./dialer.ts";
import { EgressPass, type PassOptions } from "./pass.ts";
import { Answers, type Lookup, systemLookup } from "./resolver.ts";

/** A service of Verdict: database, cache, storage. */
export type OwnService = { host: string; port: number };

export type GatewayOptions = {
  mode: EgressMode;
  own?: readonly OwnService[];
  lookup?: Lookup;
  bounds?: Pick<PassOptions, "bytesMax" | "connectionsMax">;
};

const ownMs = 60_000;

/**
 * Where everything may be reached, and addresses are written as numbers, there is nothing to check: tests of what runs on this
 * machine or beside it pay nothing. Without IPv6, whose private range holds metadata.
 */
const insideByNumber = ["localhost", "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/** Opens the ways of attempts into the network, each with the policy of its project. One per worker. */
export class EgressGateway {
  readonly #options: GatewayOptions;
  readonly #lookup: Lookup;
  readonly #passes = new Set<EgressPass>();
  #own: { places: Promise<ReadonlySet<string>>; until: number } | null = null;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#lookup = options.lookup ?? systemLookup();
  }

  /**
   * @param allow what the project may reach beyond public addresses
   * @param onTrouble told of each connection that was wanted and not made
   */
  async open(
    allow: readonly string[],
    onTrouble: (trouble: EgressTrouble) => void,
  ): Promise<{ plan: ProxyPlan; close(): void }> {
    const { mode } = this.#options;
    const answers = new Answers(this.#lookup);
    const dialer = new Dialer({
      rules: egressRules({ mode, allow }),
      answers,
      isOwn: (address, port) => this.#isOwn(address, port),
    });
    const pass = await EgressPass.open({ dialer, onTrouble, ...this.#options.bounds });
    this.#passes.add(pass);
    const close = () => {
      this.#passes.delete(pass);
      pass.close();
    };
    const direct = mode === "open" ? insideByNumber : [];
    return { plan: { address: `127.0.0.1:${pass.port}`, direct }, close };
  }

  close(): void {
    for (const pass of this.#passes) pass.close();
    this.#passes.clear();
  }

  /** The passes of other attempts are among them: what those may reach is not this one's. */
  async #isOwn(address: string, port: number): Promise<boolean> {
    if (this.#options.mode === "open") return false;
    const place = placeText(address, port);
    if ([...this.#passes].some((pass) => place === placeText("127.0.0.1", pass.port))) return true;
    return (await this.#ownPlaces()).has(place);
  }

  #ownPlaces(): Promise<ReadonlySet<string>> {
    const now = performance.now();
    if (this.#own && this.#own.until > now) return this.#own.places;
    const places = this.#resolveOwn();
    this.#own = { places, until: now + ownMs };
    return places;
  }

  async #resolveOwn(): Promise<ReadonlySet<string>> {
    const found = (this.#options.own ?? []).map(async ({ host, port }) => {
      const bare = host.replace(/^\[|\]$/g, "");
      const addresses = isIP(bare) ? [bare] : await this.#lookup(bare).catch(() => []);
      return addresses.map((address) => placeText(address, port));
    });
    return new Set((await Promise.all(found)).flat());
  }
}

/** Whoever listens on one address of this machine may listen on all of them. */
function placeText(text: string, port: number): string {
  const address = parseAddress(text);
  const isHere = address !== null && /^(loopback|unspecified)$/.test(classOf(address));
  return `${isHere ? "here" : (address ?? text)} ${port}`;
}
