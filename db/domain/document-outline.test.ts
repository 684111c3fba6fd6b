import assert from "node:assert/strict";
import { test } from "node:test";
import { outlineDifference, outlineOf } from "./document-outline.ts";
import { policyOfAttempt } from "./evidence.ts";
import { documentAt } from "./recorded-document.ts";

let ids = 0;
const text = (textContent: string) => ({ type: 3, id: ++ids, textContent });
const element = (tagName: string, attributes: object, ...childNodes: object[]) => ({
  ...{ type: 2, id: ++ids, tagName, attributes, childNodes },
});
const said = (timestamp: number, type: number, data: object) =>
  JSON.stringify({ tab: 0, e: { type, data, timestamp } });

test("a document is what its recording had made of it by then, as roles, names, states and texts", () => {
  const heading = element("h1", {}, text("Cart"));
  const field = element("input", { type: "text", "aria-label": "Name" });
  const main = element(
    "main",
    {},
    heading,
    element("div", { style: "display: none" }, text("unseen")),
    element("p", {}, text("Say "), element("b", {}, text("<b> & \u0000x"))),
    field,
    element("button", { disabled: "" }, text("Pay")),
  );
  const root = {
    type: 0,
    id: ++ids,
    childNodes: [element("html", {}, element("head", {}, text("x")), main)],
  };
  const late = element("p", {}, text("Late"));
  const recording = [
    JSON.stringify({ verdict: "replay", v: 1 }),
    said(100, 2, { node: root }),
    said(200, 3, { source: 5, id: field.id, text: "Ann", isChecked: false }),
    said(300, 3, {
      source: 0,
      removes: [{ id: heading.id, parentId: main.id }],
      adds: [{ parentId: main.id, nextId: null, node: late }],
    }),
    '{"tab": broken',
  ].join("\n");
  const at = (time: number) => {
    const document = documentAt(recording, time);
    return document ? outlineOf(document) : null;
  };
  const rest = ['  - paragraph "Say <b> & x"', '  - textbox "Name": Ann', '  - button "Pay" [disabled]'];
  assert.deepEqual(at(250), ["- main", '  - heading "Cart" [level=1]', ...rest]);
  assert.deepEqual(at(400), ["- main", ...rest, '  - paragraph "Late"']);
  assert.equal(at(50)?.[1], '  - heading "Cart" [level=1]', "the first picture of a page is a moment late");
  assert.equal(documentAt("nothing of it", 100), null);
  const { rows, added, removed } = outlineDifference(at(250) ?? [], at(400) ?? []);
  assert.deepEqual([added, removed], [1, 1]);
  assert.deepEqual(
    rows.map((row) => ("text" in row ? `${row.kind} ${row.text.trim()}` : `gap ${row.count}`)),
    [
      "same - main",
      'removed - heading "Cart" [level=1]',
      'same - paragraph "Say <b> & x"',
      'same - textbox "Name": Ann',
      'same - button "Pay" [disabled]',
      'added - paragraph "Late"',
    ],
  );
});

test("on-retry is nothing for the first attempt and everything for later ones", () => {
  assert.deepEqual(
    [1, 2, 3].map((attempt) => policyOfAttempt("on-retry", attempt)),
    ["off", "on", "on"],
  );
  assert.equal(policyOfAttempt("on-failure", 2), "on-failure");
});
