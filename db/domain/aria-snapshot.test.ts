import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AriaSnapshotError, parseAriaSnapshot } from "./aria-snapshot.ts";

const role = (name: string, more: object = {}) => ({
  kind: "role",
  role: name,
  name: null,
  states: {},
  children: [],
  isWhole: false,
  url: null,
  ...more,
});
const exact = (text: string) => ({ match: "exact", text });

describe("an aria snapshot", () => {
  it("is read with roles, names, states, texts and what is inside", () => {
    const { children } = parseAriaSnapshot(`
- banner:
  - heading "My \\"cart\\"" [level=1]
  - link /sign (in|up)/i:
    - /url: /login
- listitem: Feed the cat
- checkbox "Agree" [checked=mixed] [disabled]
- text: "2: two"`);
    assert.deepEqual(children, [
      role("banner", {
        children: [
          role("heading", { name: exact('My "cart"'), states: { level: 1 } }),
          role("link", {
            name: { match: "regex", source: "sign (in|up)", flags: "i" },
            url: exact("/login"),
          }),
        ],
      }),
      role("listitem", { children: [{ kind: "text", text: exact("Feed the cat") }] }),
      role("checkbox", { name: exact("Agree"), states: { checked: "mixed", disabled: true } }),
      { kind: "text", text: exact("2: two") },
    ]);
  });

  it("may say that nothing else is inside", () => {
    const { children } = parseAriaSnapshot("- list:\n  - /children: equal\n  - listitem: One");
    assert.equal(children[0]?.kind === "role" && children[0].isWhole, true);
  });

  const wrong: [string, RegExp][] = [
    ["- button [huge]", /\[huge\] is not known; there are level=1/],
    ["- Button!", /is no line of a snapshot; write a role/],
    ["button: x", /a snapshot is a list/],
    ["- text: /(/", /no regular expression/],
    ["- [", /no YAML/],
    ["[]", /empty/],
    ["- list:\n  - /children: all", /is "equal" or "contain"/],
    ["- list:\n  - /href: x", /there are \/children and \/url/],
  ];
  for (const [source, message] of wrong) {
    it(`is refused: ${JSON.stringify(source)}`, () => {
      assert.throws(
        () => parseAriaSnapshot(source),
        (error) => error instanceof AriaSnapshotError && message.test(error.message),
      );
    });
  }
});
