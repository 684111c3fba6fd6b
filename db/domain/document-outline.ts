import { alignRows } from "./alignment.ts";
import type { RecordedNode } from "./recorded-document.ts";

/**
 * What a recorded document says to who reads it, line by line: roles with names and states, and texts, in the manner of an aria
 * snapshot. It is made of the tree alone, without styles: what only a style sheet hides is in it.
 */

const linesMax = 2_000;
const textCharsMax = 300;

const silent = new Set(["head", "script", "style", "link", "meta", "noscript", "template", "title", "svg"]);

const roles: Readonly<Record<string, string>> = {
  ...{ button: "button", summary: "button", nav: "navigation", main: "main", aside: "complementary" },
  ...{ header: "banner", footer: "contentinfo", form: "form", table: "table", tr: "row", th: "columnheader" },
  ...{ td: "cell", ul: "list", ol: "list", li: "listitem", img: "img", select: "combobox", option: "option" },
  ...{ textarea: "textbox", dialog: "dialog", article: "article", fieldset: "group", p: "paragraph" },
  ...{ iframe: "iframe", video: "video", canvas: "canvas", output: "status", progress: "progressbar" },
  ...{
    label: "label",
    h1: "heading",
    h2: "heading",
    h3: "heading",
    h4: "heading",
    h5: "heading",
    h6: "heading",
  },
};
const inputRoles: Readonly<Record<string, string>> = {
  ...{ checkbox: "checkbox", radio: "radio", button: "button", submit: "button", reset: "button" },
  ...{ search: "searchbox", number: "spinbutton", range: "slider", file: "file" },
};
/** Their whole text is their name. */
const namedByContent = new Set([
  ...["button", "link", "heading", "option", "cell", "columnheader", "label", "paragraph", "tab"],
  ...["menuitem", "status", "alert"],
]);

/** The lines of a document, each with as many pairs of spaces as it is deep. */
export function outlineOf(root: RecordedNode): string[] {
  const lines: string[] = [];
  visit(root, 0, lines);
  return lines;
}

function visit(node: RecordedNode, depth: number, lines: string[]): void {
  let said: string[] = [];
  const flush = () => {
    if (said.length > 0) push(lines, depth, `- text: ${cut(said.join(" "))}`);
    said = [];
  };
  for (const child of node.children) {
    if (lines.length >= linesMax) return;
    if (child.tag === "") {
      const text = folded(child.text);
      if (text !== "") said.push(text);
      // A frame's document stands in its element.
      if (child.children.length > 0) visit(child, depth, lines);
      continue;
    }
    if (isHidden(child)) continue;
    const role = roleOf(child);
    if (role === null) {
      if (isInline(child)) {
        const text = textOf(child);
        if (text !== "") said.push(text);
        continue;
      }
      flush();
      visit(child, depth, lines);
      continue;
    }
    flush();
    element(child, role, depth, lines);
  }
  flush();
}

function element(node: RecordedNode, role: string, depth: number, lines: string[]): void {
  const isWhole = namedByContent.has(role) && !hasElements(node);
  const isNamed = namedByContent.has(role) && role !== "cell" && !hasControls(node);
  const label = labelOf(node) ?? (isWhole || isNamed ? textOf(node) : "");
  const name = label === "" ? "" : ` ${JSON.stringify(cut(label))}`;
  push(lines, depth, `- ${role}${name}${statesOf(node)}`);
  if (!isWhole && !(isNamed && label !== "")) visit(node, depth + 1, lines);
}

function push(lines: string[], depth: number, text: string): void {
  if (lines.length < linesMax) lines.push("  ".repeat(Math.min(depth, 20)) + text);
}

function roleOf({ tag, attributes }: RecordedNode): string | null {
  const written = attributes.get("role")?.trim().split(/\s+/)[0];
  if (written) return written === "presentation" || written === "none" ? null : written.slice(0, 40);
  if (tag === "a") return "link";
  if (tag === "input") return inputRoles[attributes.get("type") ?? "text"] ?? "textbox";
  return roles[tag] ?? null;
}

function labelOf({ tag, attributes }: RecordedNode): string | null {
  const said = attributes.get("aria-label") ?? attributes.get("alt") ?? attributes.get("placeholder");
  if (said !== undefined && folded(said) !== "") return folded(said);
  if (tag === "input" && /^(button|submit|reset)$/.test(attributes.get("type") ?? "")) {
    return folded(attributes.get("value") ?? "");
  }
  return tag === "img" ? folded(attributes.get("title") ?? "") : null;
}

function statesOf(node: RecordedNode): string {
  const { tag, attributes } = node;
  const states: string[] = [];
  if (/^h[1-6]$/.test(tag)) states.push(`level=${tag[1]}`);
  if (node.isChecked ?? attributes.has("checked")) states.push("checked");
  if (attributes.has("disabled") || attributes.get("aria-disabled") === "true") states.push("disabled");
  for (const state of ["expanded", "selected", "pressed", "invalid", "current"]) {
    const value = attributes.get(`aria-${state}`);
    if (value !== undefined && value !== "false") states.push(value === "true" ? state : `${state}=${value}`);
  }
  const isField = tag === "textarea" || (tag === "input" && !inputRoles[attributes.get("type") ?? "text"]);
  const value = isField ? folded(node.value ?? attributes.get("value") ?? "") : "";
  const list = states.map((state) => ` [${state.slice(0, 60)}]`).join("");
  return value === "" ? list : `${list}: ${cut(value)}`;
}

function isHidden({ tag, attributes }: RecordedNode): boolean {
  if (silent.has(tag) || attributes.has("hidden") || attributes.get("aria-hidden") === "true") return true;
  if (tag === "input" && attributes.get("type") === "hidden") return true;
  if (tag === "dialog" && !attributes.has("open")) return true;
  return /(^|;)\s*(display\s*:\s*none|visibility\s*:\s*hidden)/i.test(attributes.get("style") ?? "");
}

const inline = new Set([
  "span",
  "b",
  "i",
  "em",
  "strong",
  "small",
  "code",
  "u",
  "s",
  "sub",
  "sup",
  "mark",
  "time",
]);

/** A part of a sentence. */
function isInline(node: RecordedNode): boolean {
  return inline.has(node.tag) && !hasElements(node);
}

function hasElements({ children }: RecordedNode): boolean {
  return children.some((child) => child.tag !== "" && (!inline.has(child.tag) || hasElements(child)));
}

function hasControls(node: RecordedNode): boolean {
  return node.children.some((child) => {
    const role = child.tag === "" ? null : roleOf(child);
    return (role !== null && !/^(img|paragraph)$/.test(role)) || hasControls(child);
  });
}

function textOf(node: RecordedNode): string {
  if (node.tag === "") return folded([node.text, ...node.children.map(textOf)].join(" "));
  return isHidden(node) ? "" : folded(node.children.map(textOf).join(" "));
}

function folded(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}

function cut(text: string): string {
  return text.length <= textCharsMax ? text : `${text.slice(0, textCharsMax - 1)}…`;
}

export type OutlineRow = { kind: "same" | "added" | "removed"; text: string };
/** `left`: lines of the difference beyond those that are told; `gap` rows stand for lines that are the same. */
export type OutlineDifference = {
  rows: (OutlineRow | { kind: "gap"; count: number })[];
  added: number;
  removed: number;
  left: number;
};

const contextLines = 2;
const rowsMax = 240;

/** What is other in one of two outlines, with a little of what stands around it. */
export function outlineDifference(base: readonly string[], here: readonly string[]): OutlineDifference {
  const rows = alignRows(
    base,
    here,
    (line) => line,
    (line) => /- ([^\s":]+)/.exec(line)?.[1] ?? "",
  ).flatMap(({ before, after, same }): OutlineRow[] => {
    const was = before === null ? [] : [{ kind: "removed" as const, text: base[before] ?? "" }];
    const is = after === null ? [] : [{ kind: "added" as const, text: here[after] ?? "" }];
    return same ? [{ kind: "same", text: here[after ?? 0] ?? "" }] : [...was, ...is];
  });
  const near = new Set<number>();
  for (const [index, { kind }] of rows.entries()) {
    if (kind === "same") continue;
    for (let at = index - contextLines; at <= index + contextLines; at++) near.add(at);
  }
  const shown: OutlineDifference["rows"] = [];
  let gap = 0;
  const closeGap = () => {
    if (gap > 0) shown.push({ kind: "gap", count: gap });
    gap = 0;
  };
  for (const [index, row] of rows.entries()) {
    if (!near.has(index)) gap++;
    else {
      closeGap();
      shown.push(row);
    }
  }
  closeGap();
  const count = (kind: string) => rows.filter((row) => row.kind === kind).length;
  const [added, removed] = [count("added"), count("removed")];
  return { rows: shown.slice(0, rowsMax), added, removed, left: Math.max(0, shown.length - rowsMax) };
}
