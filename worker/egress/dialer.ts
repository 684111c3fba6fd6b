import { connect, isIP, type LookupFunction, type Socket } from "node:net";
import { canonicalHost, classOf, classOfName, parseAddress } from "../../db/domain/addresses.ts";
import type { EgressRuling, EgressTrouble } from "../../db/domain/egress.ts";
import { refusalText } from "../../db/domain/egress.ts";
import { limits } from "../../db/domain/limits.ts";
import type { Answers } from "./resolver.ts";

/** Why there is no connection; what it says is for people. */
export class EgressError extends Error {
  readonly trouble: EgressTrouble;

  constructor(trouble: EgressTrouble, options?: ErrorOptions) {
    super(trouble.text, options);
    this.name = "EgressError";
    this.trouble = trouble;
  }
}

export type DialerOptions = {
  rules: (address: string, port: number) => EgressRuling;
  answers: Answers;
  /** Whether it is a service of Verdict itself, which no project may be allowed. */
  isOwn: (address: string, port: number) => Promise<boolean>;
};

/** Makes connections: a name is resolved once, each answer is checked, and what was checked is what is dialled. */
export class Dialer {
  readonly #options: DialerOptions;

  constructor(options: DialerOptions) {
    this.#options = options;
  }

  /** @throws EgressError */
  async dial(host: string, port: number): Promise<Socket> {
    const name = canonicalHost(host.includes(":") && !host.startsWith("[") ? `[${host}]` : host);
    if (name === null) throw unreachable(host, port, "it is neither a name nor an address");
    const addresses = await this.#permitted(name, port);
    return open(name, port, addresses);
  }

  async #permitted(name: string, port: number): Promise<string[]> {
    const { answers, rules, isOwn } = this.#options;
    const meant = classOfName(name);
    if (meant === "metadata") throw refused(name, port, null, meant);
    const found = isIP(name) ? [name] : await this.#resolved(name, port, answers);
    const permitted: string[] = [];
    let refusal: EgressError | null = null;
    for (const address of found) {
      const ruling = rules(address, port);
      if (!ruling.allowed) refusal ??= refused(name, port, address, ruling.class);
      else if (isInside(address) && (await isOwn(address, port))) refusal ??= own(name, port);
      else permitted.push(address);
    }
    if (permitted.length > 0) return permitted;
    throw refusal ?? unreachable(name, port, "the name of the host has no address");
  }

  async #resolved(name: string, port: number, answers: Answers): Promise<readonly string[]> {
    // No resolver is to say otherwise: RFC 6761.
    if (classOfName(name) === "loopback") return ["127.0.0.1", "::1"];
    try {
      return await answers.of(name);
    } catch (cause) {
      throw unreachable(name, port, reasonOf(cause), cause);
    }
  }
}

/** To the addresses alone: the socket asks no resolver again. */
async function open(name: string, port: number, addresses: readonly string[]): Promise<Socket> {
  const checked = addresses.map((address) => ({ address, family: isIP(address) }));
  const lookup: LookupFunction = (_, { all }, done) => {
    if (all) done(null, checked);
    else done(null, checked[0]?.address ?? "", checked[0]?.family);
  };
  const socket = connect({
    host: name,
    port,
    lookup,
    autoSelectFamily: true,
    noDelay: true,
    allowHalfOpen: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const timer = setTimeout(() => socket.destroy(codedError("ETIMEDOUT")), limits.egressConnectMs);
  socket.once("connect", () => resolve(socket));
  socket.once("error", reject);
  try {
    return await promise;
  } catch (cause) {
    throw unreachable(name, port, reasonOf(cause), cause);
  } finally {
    clearTimeout(timer);
    socket.off("error", reject);
  }
}

function isInside(address: string): boolean {
  const parsed = parseAddress(address);
  return parsed === null || classOf(parsed) !== "public";
}

type AddressClass = Parameters<typeof refusalText>[3];

function refused(host: string, port: number, address: string | null, of: AddressClass): EgressError {
  return new EgressError({ host, port, kind: "refused", text: refusalText(host, port, address, of) });
}

function own(host: string, port: number): EgressError {
  const text = `${host} port ${port} is refused: it is a service of Verdict itself; nobody can allow that`;
  return new EgressError({ host, port, kind: "refused", text });
}

function unreachable(host: string, port: number, text: string, cause?: unknown): EgressError {
  return new EgressError({ host, port, kind: "unreachable", text }, { cause });
}

function codedError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

const reasons: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was reset",
  ETIMEDOUT: "the connection timed out",
  EHOSTUNREACH: "the host can't be reached",
  ENETUNREACH: "the host can't be reached",
  ENOTFOUND: "the name of the host is not known",
  EAI_AGAIN: "the name of the host could not be looked up",
  ETIMEOUT: "the name of the host could not be looked up in time",
};

/** Of several addresses that were tried, what the first one said. */
function reasonOf(error: unknown): string {
  const [first = error] = error instanceof AggregateError ? error.errors : [error];
  const code = String((first as NodeJS.ErrnoException | null)?.code ?? "");
  return reasons[code] ?? (code || "the connection could not be made");
}
