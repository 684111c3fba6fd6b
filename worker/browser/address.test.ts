import assert from "node:assert/strict";
import { test } from "node:test";
import { isAddressAllowed, matchesAddress, networkErrorText, resolveAddress } from "./address.ts";

test("addresses are resolved against the base URL", () => {
  assert.equal(resolveAddress("/cart", "https://shop.example/a/b"), "https://shop.example/cart");
  assert.equal(resolveAddress("http://other.example", null), "http://other.example/");
  assert.throws(() => resolveAddress("/cart", null), /is relative and the environment has no base URL/);
  assert.throws(() => resolveAddress("/cart", "shop"), /the base URL "shop" is no absolute address/);
});

test("only web addresses, blank pages and their like are allowed", () => {
  for (const href of ["http://a/", "https://a/", "about:blank", "data:,x", "blob:http://a/1"]) {
    assert.ok(isAddressAllowed(href), href);
  }
  for (const href of [
    "file:///etc/passwd",
    "chrome://version",
    "view-source:http://a/",
    "devtools://x",
    "ftp://a/",
  ]) {
    assert.ok(!isAddressAllowed(href), href);
  }
});

test("a pattern matches the whole address, a text a part of it", () => {
  assert.ok(matchesAddress("/api/", "http://a/api/x"));
  assert.ok(matchesAddress("*/api/*", "http://a/api/x"));
  assert.ok(matchesAddress("http://a/*/x", "http://a/api/x"));
  assert.ok(!matchesAddress("/api/*", "http://a/api/x"));
  assert.ok(!matchesAddress("http://a/*b*c", "http://a/c"));
  assert.ok(!matchesAddress("*aa*aa", "aaa"));
});

test("errors of the network are said in words", () => {
  assert.equal(networkErrorText("net::ERR_CONNECTION_REFUSED"), "connection refused");
  assert.equal(
    networkErrorText("net::ERR_CERT_DATE_INVALID"),
    "the certificate is not accepted (ERR_CERT_DATE_INVALID)",
  );
  assert.equal(networkErrorText("net::ERR_HTTP2_PROTOCOL_ERROR"), "http2 protocol error");
});
