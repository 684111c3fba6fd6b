import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { spellings } from "../../worker/egress/testing/spellings.ts";
import { canonicalHost, classOf, classOfName, parseAddress } from "./addresses.ts";

function classOfHost(host: string): string | null {
  const name = canonicalHost(host);
  assert.ok(name, `${host} is no host`);
  const address = parseAddress(name);
  return address ? classOf(address) : classOfName(name);
}

describe("classes of addresses", () => {
  for (const { host, is } of spellings.filter((one) => !one.host.endsWith(".rebound.test"))) {
    it(`${host} is ${is}`, () => assert.equal(classOfHost(host), is));
  }

  for (const host of [
    "93.184.216.34",
    "8.8.8.8",
    "1.1.1.1",
    "172.32.0.1",
    "[2606:4700::1111]",
    "[::ffff:8.8.8.8]",
  ]) {
    it(`${host} is public`, () => assert.equal(classOfHost(host), "public"));
  }

  it("a zone changes nothing", () => {
    const address = parseAddress("fe80::1%eth0");
    assert.equal(address && classOf(address), "link-local");
  });

  for (const host of ["example.com", "localhost.example.com", "notlocalhost", "127.0.0.1.nip.io"]) {
    it(`${host} has to be resolved`, () => assert.equal(classOfHost(host), null));
  }

  for (const host of [
    "",
    "a b",
    "a/b",
    "user@host",
    "a?b",
    "a#b",
    "[fe80::1%25eth0]",
    "1.2.3.4.5",
    "256.1.1.1",
  ]) {
    it(`"${host}" is no host`, () => assert.equal(canonicalHost(host), null));
  }
});
