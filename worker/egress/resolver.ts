import { lookup } from "node:dns/promises";
import { bulkhead } from "cockatiel";
import { limits } from "../../db/domain/limits.ts";

/** The addresses of a name. @throws an error with the code of `dns.lookup` */
export type Lookup = (name: string) => Promise<readonly string[]>;

/** How long an answer serves the connections of one attempt. */
const keptMs = 10_000;
const namesMax = 500;

/** A lookup holds one of Node's threads, which files need as well: half of them are left. */
const lookupsMax = Math.max(2, Math.floor(Number(process.env.UV_THREADPOOL_SIZE ?? 4) / 2));

/**
 * Asks the machine's own resolver, `hosts` file and search domains included, as a browser would; not more at once than Node
 * has threads to spare.
 */
export function systemLookup(): Lookup {
  const places = bulkhead(lookupsMax, limits.egressLookupsWaitingMax);
  return async (name) => {
    const found = await places.execute(() => lookup(name, { all: true, order: "verbatim" }));
    return found.map(({ address }) => address);
  };
}

/** The answers that one attempt has had. Two connections that come after another to a name go to the same addresses. */
export class Answers {
  readonly #lookup: Lookup;
  readonly #known = new Map<string, { addresses: Promise<readonly string[]>; until: number }>();

  constructor(lookup: Lookup) {
    this.#lookup = lookup;
  }

  /** @throws what the lookup throws; an error with the code `ETIMEOUT` when it takes too long */
  of(name: string): Promise<readonly string[]> {
    const now = performance.now();
    const known = this.#known.get(name);
    if (known && known.until > now) return known.addresses;
    if (this.#known.size >= namesMax) this.#known.clear();
    const addresses = withinBound(this.#lookup(name));
    this.#known.set(name, { addresses, until: now + keptMs });
    // What failed is asked again.
    addresses.catch(() => this.#known.delete(name));
    return addresses;
  }
}

async function withinBound<T>(asked: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const error = Object.assign(new Error("the lookup took too long"), { code: "ETIMEOUT" });
  const timer = setTimeout(() => reject(error), limits.egressLookupMs);
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
