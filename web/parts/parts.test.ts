import assert from "node:assert/strict";
import { test } from "node:test";
import { safeNext } from "../../db/domain/return-address.ts";
import { curlOf, fetchOf } from "../request-copy.ts";
import {
  durationParts,
  formatAgo,
  formatBytes,
  formatDuration,
  formatIn,
  formatRough,
  formatShare,
  formatZoned,
  plural,
} from "./figures.ts";
import { parseQueryBox } from "./query-box.ts";
import { safeHref } from "./safe-link.tsx";
import { textPieces, visibleText } from "./visible-text.ts";

test("durations have the unit that a person would choose, and never sixty of it", () => {
  for (const [ms, text] of [
    [0, "0 ms"],
    [999, "999 ms"],
    [999.6, "1.0 s"],
    [14_249, "14.2 s"],
    [59_940, "59.9 s"],
    [59_960, "1 min 00 s"],
    [185_000, "3 min 05 s"],
    [3_599_900, "1 h 00 min"],
    [7_380_000, "2 h 03 min"],
    [-1, "-"],
    [Number.NaN, "-"],
  ] as const) {
    assert.equal(formatDuration(ms), text);
  }
  assert.deepEqual(durationParts(14_200), ["14.2", "s"]);
  assert.equal(formatRough(56_000), "56 s");
  assert.equal(formatRough(600_000), "10 min");
});

test("a moment is told by its distance while that says more than the date", () => {
  const now = new Date("2026-11-21T12:00:00Z");
  const ago = (seconds: number) => formatAgo(new Date(now.getTime() - seconds * 1000), now);
  assert.deepEqual([0, 12, 300, 7_200, 86_400, 172_800].map(ago), [
    "just now",
    "12 s ago",
    "5 min ago",
    "2 h ago",
    "1 day ago",
    "2 days ago",
  ]);
  assert.equal(ago(40 * 86_400), "2026-10-12");
  assert.equal(ago(-3_600), "2026-11-21 13:00:00 UTC");
});

test("what is to come is told by its distance, and its time as the clocks of a zone show it", () => {
  const now = new Date("2026-11-21T12:00:00Z");
  const until = (seconds: number) => formatIn(new Date(now.getTime() + seconds * 1000), now);
  assert.deepEqual([-5, 0, 12, 300, 7_200, 86_400, 172_800].map(until), [
    "now",
    "now",
    "in 12 s",
    "in 5 min",
    "in 2 h",
    "in 1 day",
    "in 2 days",
  ]);
  assert.equal(formatZoned(now, "Europe/Berlin"), "Sat 21 Nov 2026, 13:00 UTC+1");
  assert.equal(formatZoned(now, "UTC"), "Sat 21 Nov 2026, 12:00 UTC");
  assert.equal(formatZoned(now, "Asia/Kolkata"), "Sat 21 Nov 2026, 17:30 UTC+5:30");
});

test("a share is 100 % only when nothing is missing", () => {
  assert.equal(formatShare(1), "100 %");
  assert.equal(formatShare(0.99999), "99.9 %");
  assert.equal(formatShare(0.5), "50 %");
  assert.equal(formatShare(0), "0 %");
});

test("figures are written with their unit and number", () => {
  assert.equal(formatBytes(999), "999 B");
  assert.equal(formatBytes(1_500), "1.5 kB");
  assert.equal(formatBytes(3_400_000_000), "3.4 GB");
  assert.equal(plural(1, "step"), "1 step");
  assert.equal(plural(1_200, "match", "matches"), "1,200 matches");
});

test("only http and https become a link", () => {
  assert.equal(safeHref("https://example.com/a?b=1#c"), "https://example.com/a?b=1#c");
  for (const url of [
    "javascript:alert(1)",
    " javascript:alert(1)",
    "JAVASCRIPT:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "//example.com",
    "/relative",
    "",
    "blob:https://a/b",
  ]) {
    assert.equal(safeHref(url), null, url);
  }
});

test("signing in leads to a page of this site and nowhere else", () => {
  assert.equal(safeNext("/runs/1?step=2"), "/runs/1?step=2");
  for (const next of [
    null,
    undefined,
    "",
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%0a/../\\evil",
    "javascript:alert(1)",
    "/sign-in",
    "/sign-out",
    "/x/..//evil.example",
    "x".repeat(3_000),
  ]) {
    const path = safeNext(next);
    assert.equal(new URL(path, "http://ours.example").host, "ours.example", String(next));
    assert.ok(!path.startsWith("//"), String(next));
    assert.ok(!path.startsWith("/sign-"), String(next));
  }
});

test("characters that hide or reorder are named, joiners of words and emoji stay", () => {
  assert.deepEqual(textPieces("a\u202Eb"), [{ text: "a" }, { code: "U+202E" }, { text: "b" }]);
  assert.equal(
    visibleText("\u0000\u001b[31m\u200b\ufeff\u2066\u{E0041}"),
    "‹U+0000›‹U+001B›[31m‹U+200B›‹U+FEFF›‹U+2066›‹U+E0041›",
  );
  for (const text of ["tab\tand\nnewline", "👩‍💻", "می‌خواهم", "日本語", "Ünïcödé", ""])
    assert.equal(visibleText(text), text);
});

test("the box understands words, tags, status and priority, and takes what it does not know as words", () => {
  assert.deepEqual(parseQueryBox('pay @smoke s:draft p:high "two words"'), {
    search: "pay two words",
    tag: "smoke",
    status: "draft",
    priority: "high",
  });
  assert.deepEqual(parseQueryBox("s:bogus sale price"), { search: "s:bogus sale price" });
  assert.deepEqual(parseQueryBox("  "), {});
});

test("a request as a command stays one word, whatever its address holds", () => {
  assert.equal(
    curlOf({ method: "GET", url: "https://a.example/x?y='; rm -rf ~ #" }),
    "curl 'https://a.example/x?y=%27;%20rm%20-rf%20~%20#'",
  );
  assert.equal(
    curlOf({ method: "POST", url: "http://a.example/$(id)\n`id`" }),
    "curl -X POST 'http://a.example/$(id)%60id%60'",
  );
  assert.equal(curlOf({ method: "POST'", url: "http://a.example/" }), null);
  assert.equal(curlOf({ method: "GET", url: "javascript:alert(1)" }), null);
});

test("a request is copied with its headers and payload, each one word, without what was masked", () => {
  const request = {
    method: "POST",
    url: "https://a.example/pay",
    headers: [
      { name: "content-type", value: "application/json" },
      { name: "x-note", value: "it's `id` $(id)" },
      { name: "authorization", value: "•••" },
      { name: "cookie", value: "a=b" },
      { name: "bad\nname", value: "x" },
    ],
    body: `{"a": "it's"}`,
  };
  assert.equal(
    curlOf(request),
    [
      "curl -X POST 'https://a.example/pay' \\",
      "  -H 'content-type: application/json' \\",
      "  -H 'x-note: it'\\''s `id` $(id)' \\",
      `  --data-raw '{"a": "it'\\''s"}'`,
    ].join("\n"),
  );
  const said = fetchOf(request) ?? "";
  assert.match(said, /^await fetch\("https:\/\/a\.example\/pay", \{/);
  assert.doesNotMatch(said, /authorization|cookie|•••/);
});
