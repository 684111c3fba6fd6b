import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LocatorError, type LocatorPart, parseLocator, quote } from "./locators.ts";

const exact = (text: string) => ({ match: "exact", text }) as const;
const contains = (text: string) => ({ match: "contains", text }) as const;
const css = (selector: string): LocatorPart => ({ kind: "css", selector });
const role = (name: LocatorPart & { kind: "role" } extends { name: infer N } ? N : never, attributes = {}) =>
  ({ kind: "role", role: "button", name, attributes }) satisfies LocatorPart;

const understood: [source: string, parts: LocatorPart[]][] = [
  ["#id", [css("#id")]],
  ["css=#id", [css("#id")]],
  ["a[href='x >> y']", [css("a[href='x >> y']")]],
  ["input[name=q]", [css("input[name=q]")]],
  ["//a[@id='x']", [{ kind: "xpath", expression: "//a[@id='x']" }]],
  ["(//a)[1]", [{ kind: "xpath", expression: "(//a)[1]" }]],
  ["xpath=..", [{ kind: "xpath", expression: ".." }]],
  ["text=Save", [{ kind: "text", text: contains("Save") }]],
  ['text="Save"', [{ kind: "text", text: exact("Save") }]],
  ["text='it\\'s'", [{ kind: "text", text: exact("it's") }]],
  ["text=Don't", [{ kind: "text", text: contains("Don't") }]],
  ["text=Don't >> b", [{ kind: "text", text: contains("Don't") }, css("b")]],
  ["text=/sa.e/i", [{ kind: "text", text: { match: "regex", source: "sa.e", flags: "i" } }]],
  ["text=/usr/bin", [{ kind: "text", text: contains("/usr/bin") }]],
  ["label=E-mail", [{ kind: "label", text: contains("E-mail") }]],
  ["placeholder=Search", [{ kind: "placeholder", text: contains("Search") }]],
  ["alt=Logo", [{ kind: "alt", text: contains("Logo") }]],
  ["title=Close", [{ kind: "title", text: contains("Close") }]],
  ["testid=total", [{ kind: "testid", id: "total" }]],
  ['testid="a >> b"', [{ kind: "testid", id: "a >> b" }]],
  ["role=button", [role(null)]],
  ['role=button[name="Sign in"]', [role(exact("Sign in"))]],
  ["role=button[name='Sign in']", [role(exact("Sign in"))]],
  ['role=button[name="sign"i]', [role(contains("sign"))]],
  ["role=button[name=/^sign/i]", [role({ match: "regex", source: "^sign", flags: "i" })]],
  ["role=button[name=Save]", [role(contains("Save"))]],
  ["role=button[pressed]", [role(null, { pressed: true })]],
  ["role=button[pressed=mixed][disabled=false]", [role(null, { pressed: "mixed", disabled: false })]],
  [
    "role=button[level=2][expanded=true][selected]",
    [role(null, { level: 2, expanded: true, selected: true })],
  ],
  ['role=button[name="a ] >> b"]', [role(exact("a ] >> b"))]],
  ["ul >> li >> nth=-1", [css("ul"), css("li"), { kind: "nth", index: -1 }]],
  [
    "frame=#pay >> frame=0 >> css=input",
    [
      { kind: "frame", selector: "#pay", index: null },
      { kind: "frame", selector: "0", index: 0 },
      css("input"),
    ],
  ],
];

const refused: [source: string, reason: RegExp][] = [
  ["", /must not be empty/],
  ["   ", /must not be empty/],
  ["a >>", /nothing stands before or after/],
  [">> a", /nothing stands before or after/],
  ["text=", /nothing stands after text=/],
  ["role=", /nothing stands after role=/],
  ["role=[name=x]", /name of an ARIA role/],
  ["role=button[name=Sign in]", /is not understood/],
  ["role=button[colour=red]", /no such attribute; there are name/],
  ["role=button[level=two]", /a number is needed/],
  ["role=button[disabled=maybe]", /true or false/],
  ["role=button.primary", /is not understood/],
  ["text=/(/", /no regular expression/],
  ["nth=0", /starts with nth=/],
  ["frame=0 >> nth=0", /right after a frame/],
  ["li >> nth=first", /a whole number is needed/],
  ["frame=#pay", /ends with a frame/],
];

describe("a locator", () => {
  for (const [source, parts] of understood) {
    it(`is understood: ${source}`, () => assert.deepEqual(parseLocator(source), { source, parts }));
  }
  for (const [source, reason] of refused) {
    it(`is refused with the reason: "${source}"`, () => {
      assert.throws(
        () => parseLocator(source),
        (error) => error instanceof LocatorError && reason.test(error.message),
      );
    });
  }

  it("takes any text back that was quoted for it", () => {
    for (const text of ["plain", 'say "hi"', "back\\slash", "a >> b", "it's", "[x]", "/re/"]) {
      assert.deepEqual(parseLocator(`text=${quote(text)}`).parts, [{ kind: "text", text: exact(text) }]);
    }
  });
});
