import type { Want } from "./contract.ts";
import { compile } from "./text.ts";

type Expected = Extract<Want, { kind: "url" }>["expected"];

/**
 * Whether an address is the one that is meant. What begins with `/` is compared with the path, and with the query and the
 * fragment only where it holds `?` or `#`; anything else with the whole address, where the slash behind a bare host does not
 * matter. `*` stands for anything.
 */
export function matchesAddress(address: string, expected: Expected): boolean {
  const { url, match } = expected;
  if (match === "contains" && !url.includes("*")) return address.includes(url);
  if (match === "regex") return compile(url, "").test(address);
  if (match === "contains") return compile(wildcard(url), "s").test(address);
  const subject = url.startsWith("/") ? pathOf(address, url) : withoutBareSlash(address);
  const wanted = url.startsWith("/") ? url : withoutBareSlash(url);
  return wanted.includes("*") ? compile(`^${wildcard(wanted)}$`, "s").test(subject) : subject === wanted;
}

export function addressWords(expected: Expected): string {
  return { contains: "to contain", exact: "to be", regex: "to match", pattern: "to be" }[expected.match];
}

function pathOf(address: string, pattern: string): string {
  const { pathname, search, hash } = new URL(address);
  return pathname + (pattern.includes("?") ? search : "") + (pattern.includes("#") ? hash : "");
}

function withoutBareSlash(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/?#]+)\/$/i, "$1");
}

function wildcard(pattern: string): string {
  return pattern
    .split(/\*+/)
    .map((piece) => piece.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
}
