import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { egressEntrySchema, egressInputSchema, egressRules, refusalText } from "./egress.ts";

const faultOf = (text: string) => egressEntrySchema.safeParse(text).error?.issues[0]?.message ?? null;

describe("what an administrator allows", () => {
  it("has one form", () => {
    const written = ["10.2.3.4:80", " 10.2.0.0/16:443 ", "[::1]:3000", "[FD12::/64]:8080", "0.0.0.0/0:443"];
    assert.deepEqual(
      written.map((text) => egressEntrySchema.parse(text)),
      ["10.2.3.4/32:80", "10.2.0.0/16:443", "[::1/128]:3000", "[fd12::/64]:8080", "0.0.0.0/0:443"],
    );
    assert.deepEqual(egressInputSchema.parse({ allow: ["10.0.0.1:80", "10.0.0.1/32:80"] }).allow.length, 1);
  });

  const wrong: Record<string, RegExp> = {
    "10.0.0.0/8": /no range with a port; write it like 10\.2\.0\.0\/16:443/,
    "shop.internal:443": /no range with a port/,
    "10.0.0.5/8:443": /10\.0\.0\.0\/8:443 is one/,
    "10.0.0.256:80": /no address/,
    "0x7f.1:80": /no range with a port/,
    "10.0.0.0/33:80": /more than the 32 bits/,
    "10.0.0.1:0": /ports are 1 to 65535/,
    "10.0.0.1:70000": /ports are 1 to 65535/,
    "169.254.169.254:80": /never allowed/,
    "[fd00:ec2::254]:80": /never allowed/,
    "[::ffff:10.0.0.1]:80": /write 10\.0\.0\.1 as an IPv4 address/,
  };
  for (const [text, fault] of Object.entries(wrong)) {
    it(`is not ${text}`, () => assert.match(faultOf(text) ?? "nothing is wrong with it", fault));
  }
});

describe("the policy", () => {
  const classAt = (rules: ReturnType<typeof egressRules>, address: string, port: number) => {
    const ruling = rules(address, port);
    return ruling.allowed ? "allowed" : ruling.class;
  };

  it("deny-private lets public addresses through, and what is allowed at its port", () => {
    const rules = egressRules({ mode: "deny-private", allow: ["10.2.0.0/16:443", "[::1/128]:3000"] });
    assert.equal(classAt(rules, "93.184.216.34", 8443), "allowed");
    assert.equal(classAt(rules, "10.2.200.1", 443), "allowed");
    assert.equal(classAt(rules, "::ffff:10.2.200.1", 443), "allowed");
    assert.equal(classAt(rules, "10.2.200.1", 80), "private");
    assert.equal(classAt(rules, "10.3.0.1", 443), "private");
    assert.equal(classAt(rules, "::1", 3000), "allowed");
    assert.equal(classAt(rules, "127.0.0.1", 3000), "loopback");
    assert.equal(classAt(rules, "no address", 443), "reserved");
  });

  it("metadata is refused however much is allowed, in both modes", () => {
    const allow = ["0.0.0.0/0:80", "[::/0]:80"];
    for (const mode of ["open", "deny-private"] as const) {
      const rules = egressRules({ mode, allow });
      for (const address of ["169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254", "168.63.129.16"]) {
        assert.equal(classAt(rules, address, 80), "metadata", `${mode} ${address}`);
      }
      assert.equal(classAt(rules, "127.0.0.1", 80), "allowed");
    }
  });

  it("a refusal names host, address and class, and who can change that", () => {
    assert.equal(
      refusalText("shop.internal", 80, "10.0.0.1", "private"),
      "shop.internal (10.0.0.1) port 80 is refused: it is a private address; an administrator can allow its range and port in the settings of the project",
    );
    assert.match(refusalText("169.254.169.254", 80, null, "metadata"), /metadata\); nobody can allow that$/);
  });
});
