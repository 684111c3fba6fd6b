import { StepFailure } from "./failure.ts";

const openable = new Set(["http:", "https:", "data:", "blob:"]);

/**
 * The absolute address that a step means.
 * @throws StepFailure `invalid-address` or `address-refused`, saying what would be right.
 */
export function resolveAddress(address: string, baseUrl: string | null): string {
  const url = parseAddress(address, baseUrl);
  if (isAddressAllowed(url.href)) return url.href;
  throw new StepFailure(
    "address-refused",
    `"${address}" has the scheme ${url.protocol.slice(0, -1)}; only http and https addresses are opened`,
  );
}

/** As `resolveAddress`, for requests that the worker sends itself: http and https only. */
export function resolveHttpAddress(address: string, baseUrl: string | null): URL {
  const url = parseAddress(address, baseUrl);
  if (url.protocol === "http:" || url.protocol === "https:") return url;
  throw new StepFailure(
    "address-refused",
    `"${address}" has the scheme ${url.protocol.slice(0, -1)}; requests go to http and https addresses only`,
  );
}

function parseAddress(address: string, baseUrl: string | null): URL {
  const trimmed = address.trim();
  const url = URL.parse(trimmed, baseUrl ?? undefined);
  if (url) return url;
  if (baseUrl !== null && !URL.canParse(baseUrl)) {
    throw new StepFailure("invalid-address", `the base URL "${baseUrl}" is no absolute address`);
  }
  throw new StepFailure(
    "invalid-address",
    baseUrl === null
      ? `"${address}" is relative and the environment has no base URL; write it with http:// or https://`
      : `"${address}" is no address`,
  );
}

/** Whether a tab may show the address. */
export function isAddressAllowed(href: string): boolean {
  if (href === "" || href === "about:blank" || href.startsWith("about:blank#") || href === "about:srcdoc")
    return true;
  // Chromium's own page for an address that did not answer.
  if (href.startsWith("chrome-error://chromewebdata")) return true;
  return openable.has(URL.parse(href)?.protocol ?? "");
}

const networkErrors: Record<string, string> = {
  ERR_CONNECTION_REFUSED: "connection refused",
  ERR_NAME_NOT_RESOLVED: "the name of the host is not known",
  ERR_CONNECTION_TIMED_OUT: "the connection timed out",
  ERR_TIMED_OUT: "the connection timed out",
  ERR_CONNECTION_RESET: "the connection was reset",
  ERR_CONNECTION_CLOSED: "the connection was closed",
  ERR_EMPTY_RESPONSE: "the server closed the connection without an answer",
  ERR_FAILED: "the request failed, or a mock let it fail",
  ERR_ADDRESS_UNREACHABLE: "the host can't be reached",
  ERR_INTERNET_DISCONNECTED: "there is no network",
  ERR_NETWORK_CHANGED: "the network was changed meanwhile",
  ERR_NETWORK_IO_SUSPENDED: "the network was suspended meanwhile",
  ERR_TOO_MANY_REDIRECTS: "too many redirects",
  ERR_UNSAFE_PORT: "the browser refuses this port",
  ERR_UNSAFE_REDIRECT: "it redirects to an address that is refused",
  ERR_ABORTED: "the navigation was aborted: the answer was a download or empty, or another navigation came",
  ERR_SSL_PROTOCOL_ERROR: "the server does not speak TLS there",
};

/** Errors of the machine that the browser runs on: its network was changed, suspended or taken away. */
const ownNetworkErrors = new Set([
  "ERR_INTERNET_DISCONNECTED",
  "ERR_NETWORK_CHANGED",
  "ERR_NETWORK_IO_SUSPENDED",
]);

/** Whether the error says something about our network and nothing about the page, unless the test has taken the network away. */
export function isOwnNetworkError(error: string): boolean {
  return ownNetworkErrors.has(error.replace(/^net::/, ""));
}

/** Chromium's error (`net::ERR_CONNECTION_REFUSED`) in words. */
export function networkErrorText(error: string): string {
  const name = error.replace(/^net::/, "");
  const known = networkErrors[name];
  if (known) return known;
  if (name.startsWith("ERR_CERT_")) return `the certificate is not accepted (${name})`;
  return name.replace(/^ERR_/, "").replaceAll("_", " ").toLowerCase();
}

/**
 * Whether the address holds the text or, when that has a `*`, is matched by it from its start to its end. Linear in both,
 * whatever the pattern: it comes from a test, the address from a page.
 */
export function matchesAddress(pattern: string, href: string): boolean {
  if (!pattern.includes("*")) return href.includes(pattern);
  const pieces = pattern.split("*");
  const first = pieces.shift() ?? "";
  const last = pieces.pop() ?? "";
  if (!href.startsWith(first)) return false;
  let from = first.length;
  for (const piece of pieces) {
    const found = href.indexOf(piece, from);
    if (found < 0) return false;
    from = found + piece.length;
  }
  return href.length - last.length >= from && href.endsWith(last);
}
