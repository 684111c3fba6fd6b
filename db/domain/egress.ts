import ipaddr from "ipaddr.js";
import { z } from "zod";
import {
  type Address,
  type AddressClass,
  addressClassTitles,
  classOf,
  isWithin,
  parseAddress,
  type Range,
} from "./addresses.ts";
import { limits } from "./limits.ts";

/**
 * Where browsers and steps of tests may go. `open`: everywhere, as on the machine of a team of its own. `deny-private`: to
 * public addresses, and to what an administrator allows a project. Metadata of clouds: never.
 */
export const egressModes = ["open", "deny-private"] as const;
export type EgressMode = (typeof egressModes)[number];

export type EgressPolicy = {
  mode: EgressMode;
  /** Entries as `egressEntrySchema` gives them. */
  allow: readonly string[];
};

type Entry = { range: Range; port: number };

const entryPattern = /^(?:\[([0-9a-f:.]+)(\/\d{1,3})?\]|([\d.]+)(\/\d{1,2})?):(\d{1,5})$/i;

/** `10.2.0.0/16:443`, `10.2.3.4:8080`, `[fd12::/64]:443`: in its one right form on the way out. */
export const egressEntrySchema = z
  .string()
  .trim()
  .max(60)
  .transform((text, ctx) => {
    const entry = readEntry(text);
    if (typeof entry !== "string") return entryText(entry);
    ctx.addIssue({ code: "custom", message: entry });
    return z.NEVER;
  });

/** What an administrator allows a project beyond public addresses. */
export const egressAllowSchema = z
  .array(egressEntrySchema)
  .max(limits.egressEntriesMax)
  .transform((entries) => [...new Set(entries)]);

export const egressSchema = z
  .strictObject({
    allow: z.array(z.string()).meta({
      description: "`CIDR:port`: what browsers and steps of the project may reach beyond public addresses",
    }),
  })
  .meta({ id: "Egress" });
export type Egress = z.output<typeof egressSchema>;
export const egressInputSchema = z.strictObject({ allow: egressAllowSchema });

/** What the text says, or what is wrong with it. */
function readEntry(text: string): Entry | string {
  const match = entryPattern.exec(text);
  if (!match) return `"${text}" is no range with a port; write it like 10.2.0.0/16:443 or [fd12::/64]:443`;
  const [, six, sixBits, four, fourBits, portText] = match;
  const written = six ?? four ?? "";
  const bitsText = (sixBits ?? fourBits ?? "").slice(1);
  const isValid =
    six === undefined ? ipaddr.IPv4.isValidFourPartDecimal(written) : ipaddr.IPv6.isValid(written);
  if (!isValid) return `"${written}" is no address`;
  const address = six === undefined ? ipaddr.IPv4.parse(written) : ipaddr.IPv6.parse(written);
  const bitsMax = six === undefined ? 32 : 128;
  const bits = bitsText === "" ? bitsMax : Number(bitsText);
  if (bits > bitsMax) return `"/${bits}" is more than the ${bitsMax} bits of the address`;
  const port = Number(portText);
  if (port < 1 || port > 65_535) return `${port} is no port; ports are 1 to 65535`;
  const range: Range = [address, bits];
  const wrong = wrongRange(range, port);
  return wrong ?? { range, port };
}

function wrongRange([address, bits]: Range, port: number): string | null {
  const network = networkOf(address, bits);
  if (network.toString() !== address.toString()) {
    const right = entryText({ range: [network, bits], port });
    return `${address}/${bits} is no range: its address has more than ${bits} bits; ${right} is one`;
  }
  if (address.kind() === "ipv6" && (address as ipaddr.IPv6).isIPv4MappedAddress()) {
    return `write ${(address as ipaddr.IPv6).toIPv4Address()} as an IPv4 address`;
  }
  const isMetadata = classOf(address) === "metadata" && bits >= (address.kind() === "ipv4" ? 24 : 32);
  return isMetadata ? `${address} is ${addressClassTitles.metadata}, which is never allowed` : null;
}

function networkOf(address: Address, bits: number): Address {
  const bytes = address.toByteArray().map((byte, index) => {
    const kept = Math.max(0, Math.min(8, bits - index * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  return address.kind() === "ipv4" ? new ipaddr.IPv4(bytes) : new ipaddr.IPv6(bytes);
}

function entryText({ range: [address, bits], port }: Entry): string {
  return address.kind() === "ipv4" ? `${address}/${bits}:${port}` : `[${address}/${bits}]:${port}`;
}

export type EgressRuling = { allowed: true } | { allowed: false; class: AddressClass };

/** Answers whether an address and port may be reached; the entries are read once. */
export function egressRules({ mode, allow }: EgressPolicy): (address: string, port: number) => EgressRuling {
  const entries = allow.flatMap((text) => {
    const entry = readEntry(text);
    return typeof entry === "string" ? [] : [entry];
  });
  return (text, port) => {
    const address = parseAddress(text);
    if (address === null) return { allowed: false, class: "reserved" };
    const of = classOf(address);
    if (of === "public") return { allowed: true };
    if (of === "metadata") return { allowed: false, class: of };
    const isAllowed =
      mode === "open" || entries.some((entry) => entry.port === port && isWithin(address, entry.range));
    return isAllowed ? { allowed: true } : { allowed: false, class: of };
  };
}

/** Something that an attempt wanted of the network and did not get. */
export type EgressTrouble = {
  /** As it was asked for: a name or an address, and a port. */
  host: string;
  port: number;
  /** `refused`: by the policy. `unreachable`: it may be reached, and was not. `limit`: the attempt had its share. */
  kind: "refused" | "unreachable" | "limit";
  /** One sentence for people. */
  text: string;
};

/** Why a connection is refused, and who can allow it. */
export function refusalText(host: string, port: number, address: string | null, of: AddressClass): string {
  const at = `${address === null || address === host ? host : `${host} (${address})`} port ${port}`;
  const who =
    of === "metadata"
      ? "nobody can allow that"
      : "an administrator can allow its range and port in the settings of the project";
  return `${at} is refused: it is ${addressClassTitles[of]}; ${who}`;
}
