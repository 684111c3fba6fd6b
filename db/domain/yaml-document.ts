import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
} from "yaml";
import { AppError, type FieldError } from "./errors.ts";
import { limits } from "./limits.ts";

/** A YAML text as a plain value, with the way back to its lines. */
export type YamlDocument = {
  value: unknown;
  /** The line, from 1, on which what the path means stands, or the nearest thing around it. */
  lineOf(path: readonly string[]): number;
};

const tooDeep = "the text is nested too deeply";
/** The library reports it as a fault of the text, which it is. */
const stackOverflow = /call stack/i;

/**
 * Reads one YAML document of the core schema. Aliases are followed within a bound.
 * @throws AppError `invalid-input` with the line for a text that is too large, no YAML, has a key twice or a foreign tag.
 */
export function readYaml(text: string): YamlDocument {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > limits.yamlBytesMax) {
    throw fault(null, `the text has ${bytes} bytes; at most ${limits.yamlBytesMax} are read`);
  }
  const lines = new LineCounter();
  try {
    // The library's own search for duplicate keys takes quadratic time, so it is done below.
    const document = parseDocument(text, {
      lineCounter: lines,
      uniqueKeys: false,
      merge: false,
      version: "1.2",
      schema: "core",
      prettyErrors: false,
    });
    const wrong = document.errors[0] ?? document.warnings[0];
    if (wrong)
      throw fault(
        lines.linePos(wrong.pos[0]).line,
        stackOverflow.test(wrong.message) ? tooDeep : wrong.message,
      );
    refuseOddities(document.contents, lines);
    const value: unknown = document.toJS({ maxAliasCount: limits.yamlAliasesMax });
    return { value, lineOf: (path) => lineOf(document, path, lines) };
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (error instanceof RangeError) throw fault(null, tooDeep);
    if (error instanceof ReferenceError) throw fault(null, aliasFault(error.message));
    throw error;
  }
}

function aliasFault(message: string): string {
  return message.startsWith("Excessive")
    ? `the aliases stand for too much; at most ${limits.yamlAliasesMax} values may come from them`
    : message;
}

function fault(line: number | null, message: string): AppError {
  const text = line === null ? message : `line ${line}: ${message}`;
  return new AppError("invalid-input", text, { errors: [{ path: "", message: text }] });
}

/** The first faults, with the line of each in its message. */
export function withLines(errors: readonly FieldError[], document: YamlDocument): FieldError[] {
  return errors.slice(0, limits.inputErrorsMax).map(({ path, message }) => ({
    path,
    message: `${message} (line ${document.lineOf(path === "" ? [] : path.split("."))})`,
  }));
}

/** Duplicate keys, keys that are no texts, and more aliases than are looked up in reasonable time. */
function refuseOddities(root: Node | null, lines: LineCounter): void {
  const open: (Node | null)[] = [root];
  let aliases = 0;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (isAlias(node) && ++aliases > limits.yamlAliasesMax) {
      throw fault(
        lines.linePos(rangeStart(node)).line,
        `at most ${limits.yamlAliasesMax} aliases are followed`,
      );
    }
    if (!isCollection(node)) continue;
    const seen = new Set<string>();
    for (const item of node.items) {
      if (!isMap(node)) {
        open.push(item as Node | null);
        continue;
      }
      const { key, value } = item as { key: Node | null; value: Node | null };
      const line = lines.linePos(key?.range?.[0] ?? node.range?.[0] ?? 0).line;
      if (isAlias(key) || isCollection(key)) throw fault(line, "a key must be a text");
      const name = isScalar(key) ? String(key.value) : "";
      if (seen.has(name)) throw fault(line, `the key "${name}" stands here a second time`);
      seen.add(name);
      open.push(value);
    }
  }
}

function lineOf(document: Document, path: readonly string[], lines: LineCounter): number {
  let node: unknown = document.contents;
  let start = rangeStart(node);
  for (const segment of path) {
    const next = child(document, node, segment);
    if (next === undefined) break;
    node = next.value;
    start = next.start ?? start;
  }
  return lines.linePos(start).line;
}

/** Steps may say their type as a key, so a field that is not there is looked for one level deeper. */
function child(
  document: Document,
  parent: unknown,
  segment: string,
): { value: unknown; start: number | null } | undefined {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (!isCollection(node)) return undefined;
  if (!isMap(node)) {
    const item = node.items[Number(segment)];
    return item === undefined ? undefined : { value: item, start: rangeStart(item) };
  }
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === segment);
  if (pair) return { value: pair.value, start: rangeStart(pair.key) };
  const only = node.items.length === 1 ? node.items[0]?.value : undefined;
  return isMap(only) ? child(document, only, segment) : undefined;
}

function rangeStart(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}
