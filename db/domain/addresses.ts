import ipaddr from "ipaddr.js";

/**
 * What an address is good for. `metadata`: where clouds hand out credentials of the machine. `translated`: IPv4 inside of IPv6
 * that some gateway would take out again.
 */
export const addressClasses = [
  "public",
  "loopback",
  "private",
  "link-local",
  "metadata",
  "unspecified",
  "multicast",
  "translated",
  "reserved",
] as const;
export type AddressClass = (typeof addressClasses)[number];

/** In words, to follow "is". */
export const addressClassTitles: Record<AddressClass, string> = {
  public: "a public address",
  loopback: "this machine itself (loopback)",
  private: "a private address",
  "link-local": "a link-local address",
  metadata: "where the cloud keeps the machine's credentials (metadata)",
  unspecified: "an unspecified address, which means this machine",
  multicast: "a multicast address",
  translated: "an IPv4 address behind a translation",
  reserved: "a reserved address",
};

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type Range = [Address, number];

/**
 * AWS (instances, tasks, pods, also by IPv6), Azure, Google (by IPv6), Alibaba, Oracle. Two of them are public addresses by
 * their numbers.
 */
const metadata = [
  "169.254.169.0/24",
  "169.254.170.0/24",
  "fd00:ec2::/32",
  "fd20:ce::254/128",
  "168.63.129.16/32",
  "100.100.100.200/32",
  "192.0.0.192/32",
].map((text) => ipaddr.parseCIDR(text));

const metadataNames = new Set([
  "metadata",
  "metadata.google.internal",
  "metadata.goog",
  "instance-data",
  "instance-data.ec2.internal",
  "metadata.tencentyun.com",
  "metadata.platformequinix.com",
]);

/** By the names of the library; what it has another name for is reserved. */
const classOfRange: Record<string, AddressClass> = {
  unicast: "public",
  unspecified: "unspecified",
  loopback: "loopback",
  private: "private",
  carrierGradeNat: "private",
  uniqueLocal: "private",
  deprecatedSiteLocal: "private",
  linkLocal: "link-local",
  multicast: "multicast",
  broadcast: "multicast",
};

/** The address that the text names in any of the ways in which browsers and resolvers read one, or null. */
export function parseAddress(text: string): Address | null {
  const bare = text.replace(/^\[|\]$/g, "");
  if (!ipaddr.isValid(bare)) return null;
  const address = ipaddr.parse(bare);
  return address.kind() === "ipv6" && (address as ipaddr.IPv6).isIPv4MappedAddress()
    ? (address as ipaddr.IPv6).toIPv4Address()
    : address;
}

/** What an address is. IPv4 inside of IPv6 is judged by the IPv4 address, and is never public beyond the mapped form. */
export function classOf(address: Address): AddressClass {
  if (metadata.some((range) => isWithin(address, range))) return "metadata";
  const inner = innerAddress(address);
  if (inner) {
    const of = classOf(inner);
    return of === "public" ? "translated" : of;
  }
  return classOfRange[address.range()] ?? "reserved";
}

/** The IPv4 address that NAT64, 6to4, Teredo and the old compatible form carry. */
function innerAddress(address: Address): Address | null {
  if (address.kind() === "ipv4") return null;
  const bytes = address.toByteArray();
  const at = (from: number) => new ipaddr.IPv4(bytes.slice(from, from + 4));
  const starts = (...head: number[]) => head.every((byte, index) => bytes[index] === byte);
  if (starts(0x00, 0x64, 0xff, 0x9b)) return at(12);
  if (starts(0x20, 0x02)) return at(2);
  // Teredo has the bits of the client's address turned over.
  if (starts(0x20, 0x01, 0x00, 0x00)) return new ipaddr.IPv4(bytes.slice(12, 16).map((byte) => byte ^ 0xff));
  const isTranslatedForm =
    bytes.slice(0, 8).every((byte) => byte === 0) && bytes[8] === 0xff && bytes[9] === 0xff;
  if (isTranslatedForm) return at(12);
  const isOne = bytes.slice(0, 15).every((byte) => byte === 0) && (bytes[15] ?? 0) <= 1;
  const isCompatible = bytes.slice(0, 12).every((byte) => byte === 0);
  return isCompatible && !isOne ? at(12) : null;
}

/** Whether an address lies in a range of its own kind. */
export function isWithin(address: Address, [base, bits]: Range): boolean {
  return address.kind() === base.kind() && (address as ipaddr.IPv6).match(base as ipaddr.IPv6, bits);
}

/**
 * The name or address that stands between `//` and the port of an address, as browsers read it: `0x7f.1`, full-width digits,
 * percent signs and dots at the end are resolved, an IPv6 address has no brackets. Null when it is none.
 */
export function canonicalHost(host: string): string | null {
  if (/[/?#@\\]/.test(host)) return null;
  const url = URL.parse(`http://${host}/`);
  if (url === null || url.port !== "") return null;
  const name = url.hostname.replace(/^\[|\]$/g, "").replace(/\.+$/, "");
  return name === "" ? null : name;
}

/** What a name means whatever a resolver says, or null where that has to be asked. */
export function classOfName(name: string): AddressClass | null {
  if (metadataNames.has(name)) return "metadata";
  return name === "localhost" || name.endsWith(".localhost") ? "loopback" : null;
}
