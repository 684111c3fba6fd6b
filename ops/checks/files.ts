import { readFileSync } from "node:fs";
import { join } from "node:path";

const lengthAim = 300;
const lengthMax = 400;

/** Files that a program writes, or that are data. */
const isGenerated = (file: string) =>
  file === "bun.lock" ||
  file === "LICENSE" ||
  /\.(svg|json|snap|sql)$/.test(file) ||
  /(^|\/)(generated|vendor)\//.test(file) ||
  /^docs\/configuration\.md$/.test(file);
const isCode = (file: string) => /\.(tsx?|mjs|mts|css|js)$/.test(file);
const isBinary = (file: string) => /\.(png|jpe?g|gif|webp|webm|ico|woff2?|pdf|zip|gz)$/.test(file);

/** What must not be in a committed file. Written in pieces so that this file passes its own check. */
const forbidden: readonly { what: string; pattern: RegExp }[] = [
  {
    what: "the host of a package registry",
    pattern: new RegExp(
      String.raw`https?://[\w.-]*(registry\.(npm${"js"}|yarn${"pkg"}|npm${"mirror"})|npm${"js"}\.org|jfrog\.io|pkg\.dev|verdac${"cio"})[\w./-]*`,
      "i",
    ),
  },
  {
    what: "an absolute path of one machine",
    pattern:
      /(?<![\w.$}/-])\/(work\/(main|shared)|home\/[a-z][\w-]*|Users\/[A-Za-z][\w-]*|tmp\/brief)(\/|\b)/,
  },
];

export type FileFindings = { errors: string[]; warnings: string[] };

/** Forbidden content and overlong files among the repository's files. */
export function fileFindings(root: string, files: readonly string[]): FileFindings {
  const findings: FileFindings = { errors: [], warnings: [] };
  for (const file of files.filter((name) => !isBinary(name))) {
    const text = readFileSync(join(root, file), "utf8");
    findings.errors.push(...forbiddenContent(file, text));
    if (isCode(file) && !isGenerated(file)) addLength(findings, file, text);
  }
  return findings;
}

/** Exposed for its test. */
export function forbiddenContent(file: string, text: string): string[] {
  return forbidden.flatMap(({ what, pattern }) => {
    const match = pattern.exec(text);
    if (match === null) return [];
    const line = text.slice(0, match.index).split("\n").length;
    return [`${file}:${line}: holds ${what}: ${match[0]}`];
  });
}

function addLength(findings: FileFindings, file: string, text: string): void {
  const lines = text.split("\n").length - 1;
  if (lines > lengthMax) findings.errors.push(`${file}: ${lines} lines, at most ${lengthMax} are allowed`);
  else if (lines > lengthAim) findings.warnings.push(`${file}: ${lines} lines, aim for ${lengthAim}`);
}
