import { parse } from "yaml";
import type { TextMatch } from "./locators.ts";

/** What an element of a snapshot may say in brackets: `[level=2]`, `[checked]`, `[pressed=mixed]`. */
export type AriaStates = {
  level?: number;
  checked?: boolean | "mixed";
  pressed?: boolean | "mixed";
  selected?: boolean;
  expanded?: boolean;
  disabled?: boolean;
};

/** One line of a snapshot: a text, or a role with its name, states and what must be inside, in this order. */
export type AriaTemplate =
  | { kind: "text"; text: TextMatch }
  | {
      kind: "role";
      role: string;
      /** Null: any name will do. */
      name: TextMatch | null;
      states: AriaStates;
      children: AriaTemplate[];
      /** `/children: equal`: nothing else may stand beside the children. */
      isWhole: boolean;
      /** `/url: …` */
      url: TextMatch | null;
    };

export type AriaSnapshot = { children: AriaTemplate[]; isWhole: boolean };

export class AriaSnapshotError extends Error {}

const depthMax = 50;
const linesMax = 2_000;

/**
 * Reads a snapshot of what assistive technology sees, in the YAML form that Playwright writes as well:
 * `- heading "Cart" [level=1]`, `- listitem: Feed the cat`, `- text: /\d+ items/`.
 * @throws AriaSnapshotError that quotes what is wrong and says what would be right.
 */
export function parseAriaSnapshot(source: string): AriaSnapshot {
  let value: unknown;
  try {
    value = parse(source, { maxAliasCount: 0, schema: "failsafe" });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new AriaSnapshotError(`the snapshot is no YAML: ${reason}`);
  }
  const list = typeof value === "string" ? [value] : value;
  if (!Array.isArray(list)) {
    throw new AriaSnapshotError('a snapshot is a list: each line begins with "- " and a role');
  }
  const children = readChildren(list, { lines: 0 }, 1);
  if (children.children.length === 0) throw new AriaSnapshotError("the snapshot is empty");
  return children;
}

type Count = { lines: number };

type Inner = { children: AriaTemplate[]; isWhole: boolean; url: TextMatch | null };

function readChildren(list: readonly unknown[], count: Count, depth: number): Inner {
  if (depth > depthMax) throw new AriaSnapshotError(`a snapshot is at most ${depthMax} deep`);
  const inner: Inner = { children: [], isWhole: false, url: null };
  for (const item of list) {
    if (++count.lines > linesMax) throw new AriaSnapshotError(`a snapshot has at most ${linesMax} lines`);
    if (typeof item === "string") inner.children.push(element(item, null, count, depth));
    else if (isRecord(item))
      for (const [key, value] of Object.entries(item)) readEntry(key, value, inner, count, depth);
    else throw new AriaSnapshotError('a line of a snapshot is a role, such as - button "Save"');
  }
  return inner;
}

function readEntry(key: string, value: unknown, inner: Inner, count: Count, depth: number): void {
  if (key === "/children") {
    if (value !== "equal" && value !== "contain" && value !== "deep-equal") {
      throw new AriaSnapshotError(`/children is "equal" or "contain", not "${String(value)}"`);
    }
    inner.isWhole = value !== "contain";
    return;
  }
  if (key === "/url") inner.url = textOf(String(value));
  // Other properties are of tools that write more than is compared here.
  else if (key.startsWith("/") && !key.slice(1).includes("/")) throw unknownProperty(key);
  else if (key === "text") inner.children.push({ kind: "text", text: textOf(String(value)) });
  else inner.children.push(element(key, value, count, depth));
}

function unknownProperty(key: string): AriaSnapshotError {
  return new AriaSnapshotError(`${key} is not known; there are /children and /url`);
}

function element(line: string, value: unknown, count: Count, depth: number): AriaTemplate {
  const head = readHead(line);
  const list = value === null || value === "" ? [] : Array.isArray(value) ? value : [{ text: value }];
  const { children, isWhole, url } = readChildren(list, count, depth + 1);
  return { kind: "role", ...head, children, isWhole, url };
}

const headPattern =
  /^([a-z]+)(?:\s+(?:"((?:[^"\\]|\\.)*)"|\/((?:[^/\\]|\\.)+)\/([a-z]*)))?((?:\s*\[[^\]]*\])*)\s*$/;

function readHead(line: string): { role: string; name: TextMatch | null; states: AriaStates } {
  const found = headPattern.exec(line.trim());
  if (!found) {
    throw new AriaSnapshotError(
      `"${line}" is no line of a snapshot; write a role, then a name and states: button "Save" [disabled]`,
    );
  }
  const [, role = "", quoted, regex, flags = "", brackets = ""] = found;
  const name: TextMatch | null =
    regex !== undefined
      ? expression(regex, flags)
      : quoted === undefined
        ? null
        : { match: "exact", text: quoted.replace(/\\(.)/g, "$1") };
  return { role, name, states: readStates(brackets) };
}

function readStates(brackets: string): AriaStates {
  const states: AriaStates = {};
  for (const [, text = ""] of brackets.matchAll(/\[([^\]]*)\]/g)) {
    const [key = "", value = "true"] = text.split("=").map((part) => part.trim());
    if (key === "level" && /^\d+$/.test(value)) states.level = Number(value);
    else if ((key === "checked" || key === "pressed") && value === "mixed") states[key] = "mixed";
    else if (isFlag(key) && (value === "true" || value === "false")) states[key] = value === "true";
    // What Playwright writes for its agents says nothing about the page.
    else if (key !== "active" && key !== "ref" && key !== "cursor") {
      throw new AriaSnapshotError(
        `[${text}] is not known; there are level=1, checked, disabled, expanded, pressed, selected`,
      );
    }
  }
  return states;
}

const flags = ["checked", "pressed", "selected", "expanded", "disabled"] as const;

function isFlag(key: string): key is (typeof flags)[number] {
  return (flags as readonly string[]).includes(key);
}

/** A text that stands between slashes is a regular expression. */
function textOf(source: string): TextMatch {
  const found = /^\/((?:[^/\\]|\\.)+)\/([a-z]*)$/s.exec(source);
  return found ? expression(found[1] ?? "", found[2] ?? "") : { match: "exact", text: source };
}

function expression(source: string, flags: string): TextMatch {
  try {
    new RegExp(source, flags);
  } catch {
    throw new AriaSnapshotError(`/${source}/${flags} is no regular expression`);
  }
  return { match: "regex", source, flags: flags.replace(/[gy]/g, "") };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
