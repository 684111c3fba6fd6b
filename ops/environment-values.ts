import { BlockList, isIP } from "node:net";
import { z } from "zod";

/** How the text of an environment variable is read, by kinds of values. */

export function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.number().int().min(min).max(max));
}

export function urlOf(...protocols: string[]) {
  return z
    .string()
    .refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol.replace(/:$/, "")));
}

export function webUrl() {
  return urlOf("http", "https").transform((text) => text.replace(/\/+$/, ""));
}

/** What goes over the network unencrypted anybody on the way could change. */
export function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search, hash, username, password } = new URL(text);
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  const isPlain = search + hash + username + password === "" && !/[?#]/.test(text);
  return isPlain && (protocol === "https:" || (protocol === "http:" && isHere));
}

function isAddressRange(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

export function addressRanges() {
  return z
    .string()
    .transform((text) => text.split(",").map((part) => part.trim()))
    .refine((parts) => parts.every(isAddressRange));
}

/** A list that answers `check(address)`, from the ranges of TRUSTED_PROXIES. */
export function addressList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", prefix] = range.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    list.addSubnet(address, Number(prefix ?? (family === "ipv6" ? 128 : 32)), family);
  }
  return list;
}

export const optionalText = () => z.string().min(1).optional();

/** Keys in lines: a key may hold any other character. */
export function keyList() {
  return z
    .string()
    .transform((text) =>
      text
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== ""),
    )
    .pipe(z.array(z.string().min(32)).max(20));
}

/** Every environment variable that Verdict reads. Values are strings on the way in. */
