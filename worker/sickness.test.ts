import assert from "node:assert/strict";
import { test } from "node:test";
import { Sickness } from "./sickness.ts";

const fault = (code: string) => ({ code, message: "no display", detail: null, step: null });
const after = (...ends: [organization: string, code: string | null][]) => {
  const sickness = new Sickness();
  for (const [organization, code] of ends) sickness.ended(organization, code === null ? null : fault(code));
  return sickness.evidence;
};

test("a browser that does not start three times in a row makes a worker sick, with the last error as evidence", () => {
  const failed: [string, string] = ["a", "browser-start-failed"];
  assert.equal(after(failed, failed), null);
  assert.equal(
    after(failed, failed, failed),
    "3 attempts in a row ended by an error of this machine; the last: browser-start-failed: no display",
  );
});

test("one attempt in which the browser worked ends the row, whatever the test said", () => {
  const failed: [string, string] = ["a", "browser-start-failed"];
  assert.equal(after(failed, failed, ["a", null], failed, failed), null);
});

test("pages of one organization that crash the browser do not make a worker sick; those of two do", () => {
  const crashed = (organization: string): [string, string] => [organization, "browser-crashed"];
  assert.equal(after(...Array.from({ length: 9 }, () => crashed("a"))), null);
  assert.match(after(crashed("a"), crashed("a"), crashed("b")) ?? "", /^3 attempts/);
});

test("errors that are not the machine's, such as a storage that is away, do not count and end no row", () => {
  const failed: [string, string] = ["a", "browser-start-failed"];
  assert.equal(after(...Array.from({ length: 5 }, (): [string, string] => ["a", "evidence-lost"])), null);
  assert.notEqual(after(failed, failed, ["a", "evidence-lost"], failed), null);
});
